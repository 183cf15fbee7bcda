//! Every macro with every option in edition 2021: see `tests/`.
