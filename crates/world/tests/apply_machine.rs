//! What the apply machine does, told one behaviour at a time: order, gates, stopping, and how runs end.

mod apply_desk;
mod apply_told;
