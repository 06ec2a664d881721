//! A strategy of one's own, in one screen.
//!
//!     cargo run --example own_strategy -- strategies low_price
//!     cargo run --example own_strategy -- plan -c examples/own_strategy.toml
//!
//! The program is polyfolio with one more kind in it: everything else (sizing, netting, execution,
//! recovery) is the same.

use std::process::ExitCode;

use polyfolio::prelude::*;

/// Holds the `top` instruments that stand lowest against their own mean, in equal parts; looks at
/// month ends only.
#[derive(Clone, Default)]
struct LowPrice {
    top: usize,
    sums: Vec<f64>,
    rows: f64,
}

impl Strategy for LowPrice {
    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        self.sums.resize(row.closes.len(), 0.0);
        self.sums
            .iter_mut()
            .zip(row.closes)
            .for_each(|(sum, close)| *sum += close);
        self.rows += 1.0;
        if !row.is_month_end {
            return Vec::new(); // instruments that are not named stay as they are
        }
        let against_mean = |i: usize| row.closes[i] * self.rows / self.sums[i];
        let mut order: Vec<usize> = (0..row.closes.len()).collect();
        order.sort_by(|a, b| against_mean(*a).total_cmp(&against_mean(*b)));
        let weight = |rank| {
            if rank < self.top {
                1.0 / self.top as f64
            } else {
                0.0
            }
        };
        let wishes = order.into_iter().enumerate();
        wishes
            .map(|(rank, i)| (row.instruments[i].clone(), Size::Weight(weight(rank))))
            .collect()
    }
}

const PARAMS: &[Param] = &[Param {
    name: "top",
    kind: ParamType::Integer {
        min: 1,
        default: Some(3),
    },
    doc: "how many instruments are held",
}];

fn main() -> ExitCode {
    let mut registry = Registry::builtin();
    registry.register(Kind::new(
        "low_price",
        "what stands lowest against its own mean",
        PARAMS,
        "{ top = 3 }",
        |params| {
            let top = params.integer("top");
            Ok(Source::strategy(LowPrice {
                top,
                ..LowPrice::default()
            }))
        },
    ));
    polyfolio::cli::main_with(registry).into()
}
