//! The cases, in their order. A number is never given to another case.

use super::cases;
use super::rig::{Rig, Verdict};

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name, which begins with its number.
    pub name: &'static str,
    /// What it holds a broker to.
    pub what: &'static str,
}

impl Case {
    /// `C01` and so on.
    pub fn number(&self) -> String {
        let number = self.name.split('_').next().unwrap_or_default();
        number.to_ascii_uppercase()
    }
}

/// A case by its name.
pub fn case(name: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.name == name)
}

/// Lists the cases, runs one by its name, and makes each a test of whoever brings a rig.
macro_rules! suite {
    ($d:tt $($module:ident :: $name:ident $what:literal)*) => {
        /// Every case.
        pub const CASES: &[Case] = &[$(Case { name: stringify!($name), what: $what }),*];

        /// Runs a case.
        ///
        /// # Panics
        /// The broker does not hold what the case asks for, or there is no such case.
        pub async fn run<R: Rig>(name: &str, rig: &mut R) -> Verdict {
            match name {
                $(stringify!($name) => Box::pin(cases::$module::$name(rig)).await,)*
                other => panic!("there is no case {other}"),
            }
        }

        /// One `#[test]` for every case, which calls a function with the case's name.
        #[macro_export]
        macro_rules! conformance_tests {
            ($d run:path) => {
                $(
                    #[test]
                    fn $name() {
                        $d run(stringify!($name));
                    }
                )*
            };
        }
    };
}

suite! { $
    identity::c01_reports_carry_our_ids "reports carry our id, and the venue's own once it has one"
    identity::c02_foreign_orders_are_listed_and_not_owned "somebody else's order is listed and not ours"
    identity::c03_an_order_is_acknowledged_in_time "an order is acknowledged within `ack_timeout`"
    identity::c04_a_query_says_how_an_order_stands "a query says how an order stands, and retells its trades under their ids"
    identity::c05_a_query_of_an_unknown_order_proves_nothing "a query of an order that never was rejects and invents nothing"
    fills::c06_a_market_order_fills_and_its_fee_comes "a market order fills whole, its fee comes, and the lists agree"
    fills::c07_a_limit_is_kept "a limit that meets the market trades at the limit or better"
    fills::c08_partial_fills_add_up "partial fills have ids of their own and add up to the order"
    fills::c09_what_cannot_trade_at_once_is_canceled "the rest of an immediate-or-cancel order is canceled"
    fills::c10_day_and_lasting_orders_rest "orders for the day and until canceled rest"
    fills::c11_a_day_order_ends_with_the_day "an order for the day ends with it, one until canceled does not"
    types::c12_a_stop_waits "a stop waits and is listed with its trigger"
    types::c13_a_stop_limit_waits "a stop-limit waits and is listed with both prices"
    types::c14_orders_at_the_close_rest "market and limit orders at the close rest"
    types::c15_a_stop_behind_the_market_wakes "a stop whose trigger the market has passed says so and trades"
    cancels::c16_a_cancel_says_whose_it_is_and_what_had_filled "a cancel is confirmed for its request with the final cumulative quantity"
    cancels::c17_a_cancel_of_an_unknown_order_is_refused_once "a cancel of an order that never was is refused once"
    cancels::c18_a_cancel_of_a_filled_order_is_refused_once "a cancel of a filled order is refused once"
    cancels::c19_a_cancel_of_a_canceled_order_is_refused_once "a cancel of a canceled order is refused once"
    cancels::c20_a_part_that_fills_during_the_cancel_counts "a part that fills during the cancel counts"
    cancels::c21_an_order_that_fills_during_the_cancel_is_filled "an order that fills during the cancel is filled, and the cancel answered"
    cancels::c22_a_fill_after_the_cancel_counts_within_settle "a fill after a confirmed cancel counts, within `settle`"
    cancels::c23_a_cancel_the_venue_refuses_leaves_the_order_working "a cancel that the venue refuses leaves the order working"
    cancels::c24_a_cancel_that_is_repeated_ends_the_order_once "a cancel that is repeated ends the order once"
    replaces::c25_new_terms_are_totals "a replace states the new total, what has filled included"
    replaces::c26_a_new_price_is_in_force "a replace changes the limit, and the lists show it"
    replaces::c27_new_terms_for_an_unknown_order_are_refused "a replace of an order that never was is refused once"
    replaces::c28_new_terms_for_a_done_order_are_refused "a replace of a filled order is refused once"
    replaces::c29_new_terms_off_the_grid_leave_the_old_ones "a replace off the grid is refused, and the old terms stand"
    reports::c30_a_trade_told_twice_has_one_id "an execution that is told twice has one id"
    reports::c31_trades_out_of_order_all_arrive "executions out of order all arrive, and the order stands right"
    refusals::c32_a_price_off_the_grid_is_a_tick "a price off the grid is rejected as `Tick`, and is no order"
    refusals::c33_an_unknown_instrument_is_named "an unknown instrument is rejected as such, and is no order"
    refusals::c34_no_funds "the venue's want of funds is rejected as `InsufficientFunds`"
    refusals::c35_market_closed "the venue's closed market is rejected as `MarketClosed`"
    refusals::c36_any_other_refusal "any other refusal of the venue is rejected as `Other`, in its words"
    refusals::c37_a_stop_at_the_close_is_refused "terms that contradict each other are refused"
    snapshots::c38_a_snapshot_is_everything "a snapshot has orders, fills, positions, cash and value, and they agree"
    snapshots::c39_twice_is_once "two snapshots of the same facts are the same"
    snapshots::c40_every_request_has_one_answer "every request for everything has one answer, under its id"
    snapshots::c41_a_failed_snapshot_is_a_failure "a snapshot that fails is a failure, and the next one is whole"
    snapshots::c42_a_list_that_stops_is_no_shorter_list "a list that stops before its end is a failure, and no shorter list"
    links::c43_ready_is_the_first_word "`Ready` is the first word of a session"
    links::c44_nothing_is_sent_before_the_start "a wire that is not started sends nothing"
    links::c45_down_is_said_and_nothing_is_sent_meanwhile "`Down` is said, nothing is accepted while down, and `Ready` follows"
    links::c46_silence_is_found_out "a venue that falls silent is found out"
    links::c47_what_was_asked_fails_with_the_connection "a snapshot that was asked on a connection that is lost fails before the next session"
    links::c48_missed_fills_are_in_the_next_snapshot "fills during an outage are in the first snapshot after it"
    links::c49_fills_between_two_processes_are_in_the_first_snapshot "fills between two processes are in the first snapshot"
    doubts::c50_the_same_id_twice_is_one_order "the same id twice in a process is one order"
    doubts::c51_the_same_id_after_a_restart_is_one_order "the same id before and after a restart is one order"
    doubts::c52_a_filled_order_again_buys_nothing "a filled order that is sent again buys nothing"
    doubts::c53_an_order_lost_before_acceptance_is_absent_and_goes_again "an order lost before acceptance is in no list, goes again and is one order"
    doubts::c54_an_order_whose_answer_was_lost_is_found "an order whose answer was lost is in the lists, and stays one order"
    doubts::c55_ids_that_roll_back_are_not_used_again "ids that roll back at the venue mix up no orders"
    doubts::c56_a_former_process_orders_are_managed "orders of a former process can be replaced and canceled"
    limits::c57_a_burst_is_paced_and_a_cancel_goes_first "a burst of orders and a cancel all get their answers, and the connection stays"
    limits::c58_a_clock_that_is_off_harms_no_order "a venue whose clock is off takes orders all the same"
    lives::c59_a_dropped_wire_is_silent_and_cancels_nothing "a dropped wire says nothing more and cancels nothing"
    lives::c60_a_new_start_takes_the_place_of_the_old "a new start takes the place of the old one"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_numbered_without_a_gap() {
        for (place, case) in CASES.iter().enumerate() {
            assert_eq!(case.number(), format!("C{:02}", place + 1), "{}", case.name);
        }
    }
}
