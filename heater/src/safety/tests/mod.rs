mod journey;
mod matrix;
mod sequences;
mod watching;
