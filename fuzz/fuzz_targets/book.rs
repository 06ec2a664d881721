#![no_main]

polyfolio_fuzz::fuzz!(polyfolio_fuzz::book::run);
