//! Feature `url`.
