#![no_main]

polyfolio_fuzz::fuzz!(polyfolio_fuzz::envelope::run);
