//! `cargo run --release -p soak [gigabytes]`: decodes 10 GB of mixed stream, and then what hostile peers send. Prints what
//! each took of the heap, and fails if that was more than is promised, or if an event is missing.

mod flood;
mod heap;
mod hostile;
mod stream;

fn main() {
    let gigabytes = match std::env::args().nth(1).map(|argument| argument.parse()) {
        None => 10,
        Some(Ok(gigabytes)) => gigabytes,
        Some(Err(_)) => {
            eprintln!("usage: soak [gigabytes]");
            std::process::exit(2);
        }
    };
    flood::run(gigabytes);
    hostile::run();
}
