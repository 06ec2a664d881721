#![no_main]

polyfolio_fuzz::fuzz!(polyfolio_fuzz::targets_file::run);
