# The command-line tool `clib`, in an image without a toolchain: the second stage holds the program, and has the few libraries that it
# needs already. `cargo xtask ci dockerfile` reads this and does what it says, as far as that goes without an engine.
#
#     docker build --tag clib .
#     docker run --rm --volume "$PWD:/data" clib info /data/flights.db

FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
# The image has a C compiler. Cargo brings the pinned source of SQLite, which is verified.
RUN cargo build --release --bin clib
RUN install -D --strip target/release/clib /image/clib

FROM debian:bookworm-slim
COPY --from=build /image/clib /usr/local/bin/clib
WORKDIR /data
USER 65534
ENTRYPOINT ["/usr/local/bin/clib"]
