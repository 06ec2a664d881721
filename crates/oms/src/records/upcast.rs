//! Records of older versions, brought up to date step by step before they are read.

use serde_json::Value;

use super::{DecodeError, VERSION};

/// One step: the JSON of a record of this kind, as the next version has it.
pub(super) type Upcast = fn(&str, Value) -> Value;

/// From version 1 to 2, from 2 to 3, and so on. There is one for every step: whoever raises
/// [`VERSION`] cannot forget it.
pub(super) const UPCASTS: [Upcast; VERSION as usize - 1] = [];

/// The steps that lead from this version to the newest; none from the newest itself.
pub(super) fn steps_from<'a>(
    upcasts: &'a [Upcast],
    kind: &str,
    version: u16,
) -> Result<&'a [Upcast], DecodeError> {
    let done = usize::from(version).checked_sub(1);
    let steps = done.and_then(|done| upcasts.get(done..));
    steps.ok_or_else(|| DecodeError::Newer {
        kind: kind.to_owned(),
        version,
    })
}

/// The JSON of an older record as the newest version has it.
pub(super) fn up_to_date(steps: &[Upcast], kind: &str, json: Value) -> Value {
    steps.iter().fold(json, |json, step| step(kind, json))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Record;

    /// Version 2 calls the time of a record `at`.
    fn to_2(_: &str, mut json: Value) -> Value {
        json["at"] = json["time"].take();
        json
    }

    /// Version 3 gives every break a code.
    fn to_3(kind: &str, mut json: Value) -> Value {
        if kind == "break" && json["code"].is_null() {
            json["code"] = json!("other");
        }
        json
    }

    #[test]
    fn an_older_record_takes_every_step_from_its_version_on() {
        let upcasts: [Upcast; 2] = [to_2, to_3];
        let read = |version, json: Value| {
            let steps = steps_from(&upcasts, "break", version).unwrap();
            up_to_date(steps, "break", json)
        };
        let first = read(1, json!({"time": 7}));
        assert_eq!(first, json!({"time": null, "at": 7, "code": "other"}));
        assert_eq!(read(2, json!({"at": 7})), json!({"at": 7, "code": "other"}));
        assert_eq!(read(3, json!({"at": 7})), json!({"at": 7}));
    }

    #[test]
    fn a_version_that_is_not_known_is_refused_by_name() {
        for version in [0, VERSION + 1, u16::MAX] {
            let refused = Record::decode("nav", version, b"{}");
            assert!(
                matches!(&refused, Err(DecodeError::Newer { kind, version: found })
                    if kind == "nav" && *found == version),
                "{refused:?}"
            );
        }
    }
}
