//! Faults in a file: one JSON object a line, each with the moment it is for.
//!
//! `"at": 2.5` is so many seconds after the script was begun, `"after_orders": 3` is as soon as so
//! many orders, new ones or new terms, came in since the gateway began. A line without either is
//! for the beginning. Empty lines and lines that begin with `#` say nothing.

use polyfolio_model::Span;
use serde_json::Value;

use super::Fault;

/// The most that a script may wait, in seconds: ten years.
const AT_MAX: f64 = 3.2e8;

/// Faults and their moments, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub when: When,
    /// What.
    pub fault: Fault,
}

/// The moment of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So long after the script was begun.
    After(Span),
    /// Once so many orders came in.
    Orders(u64),
}

/// A line that is no step.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScriptError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl Script {
    /// Reads a script.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let lines = text.lines().enumerate();
        let says = |line: &str| !line.is_empty() && !line.starts_with('#');
        let lines = lines.map(|(at, line)| (at + 1, line.trim()));
        let steps = lines.filter(|(_, line)| says(line)).map(|(at, line)| {
            let fault = |what| ScriptError { line: at, what };
            step(line).map_err(fault)
        });
        Ok(Self {
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

fn step(line: &str) -> Result<Step, String> {
    let mut value: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
    let Value::Object(fields) = &mut value else {
        return Err("a JSON object is expected".into());
    };
    let when = match (fields.remove("at"), fields.remove("after_orders")) {
        (Some(_), Some(_)) => return Err("`at` and `after_orders` exclude each other".into()),
        (None, Some(orders)) => orders
            .as_u64()
            .filter(|orders| *orders > 0)
            .map(When::Orders)
            .ok_or("`after_orders` is a whole number above zero")?,
        (at, None) => When::After(seconds(at.as_ref())?),
    };
    let fault = serde_json::from_value(value).map_err(|fault| fault.to_string())?;
    Ok(Step { when, fault })
}

fn seconds(at: Option<&Value>) -> Result<Span, &'static str> {
    let Some(at) = at else {
        return Ok(Span::ZERO);
    };
    let seconds = at.as_f64().filter(|s| (0.0..=AT_MAX).contains(s));
    let seconds = seconds.ok_or("`at` is a number of seconds, zero or above")?;
    Ok(Span::from_millis((seconds * 1_000.0).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_their_moments() {
        let text = "# two faults\n\n{\"do\":\"kill\",\"at\":1.5}\n  {\"do\":\"midnight\"}\n\
                    {\"do\":\"drop_after_next_order\",\"after_orders\":3}\n";
        let steps = Script::parse(text).unwrap().steps;
        let step = |when, fault| Step { when, fault };
        assert_eq!(
            steps,
            [
                step(
                    When::After(Span::from_millis(1_500)),
                    Fault::Kill { refuse_ms: 0 }
                ),
                step(When::After(Span::ZERO), Fault::Midnight {}),
                step(When::Orders(3), Fault::DropAfterNextOrder {}),
            ]
        );
    }

    #[test]
    fn a_bad_line_is_named() {
        let check = |line: &str, expect: &str| {
            let text = format!("{{\"do\":\"midnight\"}}\n{line}\n");
            let said = Script::parse(&text).unwrap_err().to_string();
            assert!(said.starts_with("line 2: "), "{said}");
            assert!(said.contains(expect), "{said}");
        };
        check("{\"do\":\"explode\"}", "unknown variant `explode`");
        check("{\"do\":\"kill\",\"soon\":1}", "unknown field `soon`");
        check("kill", "expected value");
        check("[1]", "a JSON object");
        check("{\"do\":\"kill\",\"at\":-1}", "`at` is a number of seconds");
        check("{\"do\":\"kill\",\"at\":1e300}", "`at` is a number");
        check("{\"do\":\"kill\",\"after_orders\":0}", "`after_orders` is");
        check("{\"do\":\"kill\",\"at\":1,\"after_orders\":1}", "exclude");
    }
}
