//! The panic policies.

use core::ffi::c_int;

const FAILED: c_int = -1;

#[callgate::export_callback(private, panic = abort)]
fn aborts(x: c_int) -> c_int {
    x
}

#[callgate::export_callback(private, panic = unwind)]
fn unwinds(x: c_int) -> c_int {
    x
}

#[callgate::export_callback(private, panic = return(FAILED))]
fn returns(x: c_int) -> c_int {
    x
}

#[callgate::export_callback(private, panic = return)]
fn nothing() {}

#[callgate::export_callback(private, panic = return(()))]
fn unit(_x: c_int) {}

#[callgate::export_callback(private, panic = return(&0))]
fn reference(x: &c_int) -> &c_int {
    x
}

fn main() {
    assert_eq!(aborts(unwinds(returns(*reference(&1)))), 1);
    nothing();
    unit(1);
}
