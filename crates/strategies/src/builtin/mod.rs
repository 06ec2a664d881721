//! The strategies that come with polyfolio, one a file, each with what it says of itself.

mod absent;
mod averages;
mod breakout;
mod channel;
mod dual_momentum;
mod equal_weight;
mod inverse_volatility;
mod lanes;
mod mean_reversion;
mod model_book;
mod momentum;
mod month_ends;
mod own_closes;
mod rows;
mod side;
mod sliding;
mod sma_cross;
mod volatility_target;
mod window;

pub use breakout::Breakout;
pub use dual_momentum::{DualMomentum, Hurdle};
pub use equal_weight::EqualWeight;
pub use inverse_volatility::InverseVolatility;
pub use mean_reversion::MeanReversion;
pub use momentum::Momentum;
pub use side::Direction;
pub use sma_cross::SmaCross;
pub use volatility_target::{Rescale, Scaling, VolatilityTarget};

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Row, Size, Strategy, VirtualAccount, Wishes};

use crate::Kind;

/// What a strategy that wishes by column gives to whoever asks it by name.
fn by_name(
    strategy: &mut impl Strategy,
    row: &Row<'_>,
    account: &VirtualAccount<'_>,
) -> Vec<(InstrumentId, Size)> {
    let mut wishes = Wishes::default();
    strategy.wish(row, account, &mut wishes);
    wishes.by_name(row)
}

/// The kinds, in the order in which they are listed.
pub(crate) fn kinds() -> [Kind; 8] {
    [
        equal_weight::kind(),
        sma_cross::kind(),
        momentum::kind(),
        dual_momentum::kind(),
        mean_reversion::kind(),
        breakout::kind(),
        inverse_volatility::kind(),
        volatility_target::kind(),
    ]
}
