//! The strategies that come with polyfolio, one a file, each with what it says of itself.

mod absent;
mod breakout;
mod dual_momentum;
mod equal_weight;
mod inverse_volatility;
mod mean_reversion;
mod model_book;
mod momentum;
mod month_ends;
mod own_closes;
mod side;
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

use crate::Kind;

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
