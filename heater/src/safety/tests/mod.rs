mod journey;
mod lives;
mod matrix;
mod sequences;
mod watching;
