//! Our instruments and IB's contracts, both ways. Contracts are asked for once; IB's numbers for
//! them do not change.

use std::collections::BTreeMap;
use std::time::Duration;

use ibapi::Client;
use ibapi::contracts::{Contract, ContractDetails};
use polyfolio_model::InstrumentId;
use tokio::time::timeout;

use crate::IbConfig;
use crate::contract::ContractSpec;
use crate::details::{self, ContractFacts};
use crate::error::ContractError;
use crate::words::request_failed;

/// IB's number for "no such contract".
const NO_SECURITY: i32 = 200;

/// What is known of contracts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    facts: BTreeMap<InstrumentId, ContractFacts>,
    by_con_id: BTreeMap<i32, InstrumentId>,
}

impl Directory {
    pub(crate) fn add(&mut self, facts: ContractFacts) {
        let id = facts.instrument.id.clone();
        self.by_con_id.insert(facts.con_id, id.clone());
        self.facts.insert(id, facts);
    }

    pub(crate) fn facts(&self, id: &InstrumentId) -> Option<&ContractFacts> {
        self.facts.get(id)
    }

    /// Our name for a contract. One that is none of ours gets a name that none of ours has.
    pub(crate) fn name(&self, contract: &Contract) -> InstrumentId {
        let known = self.by_con_id.get(&contract.contract_id).cloned();
        known.unwrap_or_else(|| {
            let (symbol, number) = (&contract.symbol, contract.contract_id);
            InstrumentId::new(format!("{symbol}@{number}"))
        })
    }

    /// The configured instruments that IB was not asked about yet.
    pub(crate) fn missing(&self, config: &IbConfig) -> Vec<(InstrumentId, ContractSpec)> {
        let specs = config.contracts.iter();
        let missing = specs.filter(|(id, _)| !self.facts.contains_key(*id));
        missing
            .map(|(id, spec)| (id.clone(), spec.clone()))
            .collect()
    }
}

/// Asks IB what a description means.
pub(crate) async fn ask(
    client: &Client,
    id: &InstrumentId,
    spec: &ContractSpec,
    patience: Duration,
) -> Result<ContractFacts, ContractError> {
    let no_answer = |what: String| ContractError::NoAnswer {
        instrument: id.clone(),
        what,
    };
    let asked = spec.contract(id).map_err(|fault| ContractError::Unusable {
        instrument: id.clone(),
        what: format!("{} {}", fault.key, fault.what),
    })?;
    let late = || no_answer(format!("no answer within {} ms", patience.as_millis()));
    let found = match timeout(patience, client.contract_details(&asked)).await {
        Err(_) => return Err(late()),
        Ok(Ok(found)) => found,
        Ok(Err(ibapi::Error::Notice(notice))) if notice.code == NO_SECURITY => vec![],
        Ok(Err(fault)) => return Err(no_answer(request_failed("contract details", &fault))),
    };
    let details: ContractDetails = details::the_one(id, spec, &asked, found)?;
    let rule = match details::rule_id(&details, asked.exchange.as_str()) {
        None => vec![],
        Some(rule) => match timeout(patience, client.market_rule(rule)).await {
            Err(_) => return Err(late()),
            Ok(Ok(rule)) => rule.price_increments,
            Ok(Err(fault)) => return Err(no_answer(request_failed("market rule", &fault))),
        },
    };
    details::facts(id, &asked, &details, &rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_that_is_none_of_ours_has_a_name_of_its_own() {
        let directory = Directory::default();
        let contract = Contract {
            contract_id: 5,
            ..Contract::stock("CCC").build()
        };
        assert_eq!(directory.name(&contract), "CCC@5".into());
    }
}
