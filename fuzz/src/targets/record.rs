//! One record of the journal.

use polyfolio_oms::Record;

/// The bytes are the JSON of a record.
pub fn run(data: &[u8]) {
    let Ok(record) = Record::decode("fuzzed", 1, data) else {
        return;
    };
    comes_back(&record);
}

/// What was decoded is encoded again and decodes to the same, in the same bytes.
pub(super) fn comes_back(record: &Record) {
    let bytes = match record.encode() {
        Ok(bytes) => bytes,
        Err(error) => panic!("a record that was read cannot be written: {error}"),
    };
    let again = match Record::decode(record.kind(), 1, &bytes) {
        Ok(again) => again,
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&bytes)),
    };
    assert_eq!(*record, again);
    assert_eq!(again.encode().ok().as_ref(), Some(&bytes));
    let named = format!("{{\"kind\":\"{}\"", record.kind());
    assert!(bytes.starts_with(named.as_bytes()), "{named}");
}
