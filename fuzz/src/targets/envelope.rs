//! What is around a record: the lines that another process publishes or a damaged file holds.

use polyfolio_oms::Record;
use polyfolio_store::Envelope;

/// The bytes are lines: each is read as it stands, and once more with the checksum that it should
/// have, or no mutation would ever get behind the checksum.
pub fn run(data: &[u8]) {
    for line in String::from_utf8_lossy(data).lines() {
        read(line);
        read(&sealed(line));
    }
}

fn read(line: &str) {
    let Some(envelope) = Envelope::published(line) else {
        return;
    };
    assert_eq!(envelope.line, line, "what is hashed is what was written");
    assert_eq!(envelope.mark().seq, envelope.seq);
    let blob = &envelope.blob;
    if let Ok(record) = Record::decode(&blob.kind, blob.version, &blob.bytes) {
        super::record::comes_back(&record);
    }
}

/// With its own checksum instead of what stands there.
fn sealed(line: &str) -> String {
    let body = line.rfind(",\"crc\"").map_or(line, |at| &line[..at]);
    format!(
        "{body},\"crc\":\"{:08x}\"}}",
        crc32fast::hash(body.as_bytes())
    )
}
