//! The quotes that were, taken again from where the market began.

use polyfolio_matching::{SyntheticVenue, VenueEvent};
use polyfolio_model::{Quote, Span, Ts};

use crate::common::{config, live, secs, start, tape, venue};

/// What was told of the first instrument's quote, in its order.
fn told(events: &[(Ts, VenueEvent)], of: &str) -> Vec<Quote> {
    let quotes = events.iter().filter_map(|(_, event)| match event {
        VenueEvent::Quote { instrument, quote } if *instrument == of.into() => Some(*quote),
        _ => None,
    });
    quotes.collect()
}

/// The quotes of a walk up to a time, each once.
fn walked(venue: &SyntheticVenue, of: &str, to: Ts) -> Vec<Quote> {
    let mut walk = venue.walk(&of.into()).unwrap();
    assert_eq!(walk.start(), start());
    let mut quotes = vec![walk.quote().unwrap()];
    while walk.next_step() <= to {
        walk.step();
        let quote = walk.quote().unwrap();
        if quotes.last() != Some(&quote) {
            quotes.push(quote);
        }
    }
    quotes
}

#[test]
fn a_walk_meets_the_quotes_that_were_told() {
    let (mut venue, begun) = venue(config(7));
    let id = venue.config().listings[0].instrument.id.to_string();
    let mut events: Vec<_> = begun.iter().cloned().map(|e| (start(), e)).collect();
    let to = secs(600);
    // A quote is heard one latency after it was made.
    events.extend(live(&mut venue, to + Span::from_millis(500)));
    let told = told(&events, &id);
    assert!(told.len() > 20, "{}", told.len());
    assert_eq!(walked(&venue, &id, to), told);
    let told_tape: Vec<VenueEvent> = events.into_iter().map(|(_, event)| event).collect();
    let again = SyntheticVenue::restore(config(7), tape(&told_tape), Some(to)).unwrap();
    assert_eq!(walked(&again, &id, to), told);
    assert!(again.walk(&"NONE".into()).is_none());
}
