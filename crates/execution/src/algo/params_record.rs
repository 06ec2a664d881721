//! The model's parameters as a record keeps them: as text, because JSON numbers know no infinity
//! (which a liquidation cost may be) and need not read back to the last bit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::optimal_quote::QuoteParams;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    sigma: String,
    arrival_rate: String,
    decay: String,
    risk_aversion: String,
    liquidation_cost: String,
    drift: String,
}

pub(super) fn serialize<S: Serializer>(
    params: &QuoteParams,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    // The shortest text that reads back as the same double.
    let text = |value: f64| format!("{value}");
    let record = Record {
        sigma: text(params.sigma),
        arrival_rate: text(params.arrival_rate),
        decay: text(params.decay),
        risk_aversion: text(params.risk_aversion),
        liquidation_cost: text(params.liquidation_cost),
        drift: text(params.drift),
    };
    record.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<QuoteParams, D::Error> {
    let record = Record::deserialize(deserializer)?;
    let number = |text: &str| match text.parse::<f64>() {
        Ok(value) if value.is_nan() => Err(D::Error::custom("a parameter is not a number")),
        read => read.map_err(D::Error::custom),
    };
    Ok(QuoteParams {
        sigma: number(&record.sigma)?,
        arrival_rate: number(&record.arrival_rate)?,
        decay: number(&record.decay)?,
        risk_aversion: number(&record.risk_aversion)?,
        liquidation_cost: number(&record.liquidation_cost)?,
        drift: number(&record.drift)?,
    })
}
