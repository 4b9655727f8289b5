//! Nothing. That this package is built beside sse-wire gives sse-wire all features, and its tests with it.
