#!/bin/sh
# Makes CLarkspur.xcframework for Apple's platforms: run on a Mac with Xcode, in the folder where `cargo xtask package swift` left the
# package, with the checkout's path as argument. The manifest takes the framework that lies beside it. Not run yet: no Mac was at hand.
set -eu
checkout=${1:?the path of the checkout is missing}
package=$PWD
targets="aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin"
built=$(mktemp -d)

cd "$checkout"
# shellcheck disable=SC2086
rustup target add $targets
for target in $targets; do
  cargo rustc --package larkspur-uniffi --crate-type staticlib --profile compact --target "$target" --target-dir "$built"
done

headers="$built/headers"
mkdir -p "$headers" "$built/simulator" "$built/mac"
cp "$package/Sources/CLarkspur/CLarkspur.h" "$headers/"
sed '/link "/d' "$package/Sources/CLarkspur/module.modulemap" > "$headers/module.modulemap"
library=liblarkspur_ffi.a
lipo -create "$built/aarch64-apple-ios-sim/compact/$library" "$built/x86_64-apple-ios/compact/$library" \
  -output "$built/simulator/$library"
lipo -create "$built/aarch64-apple-darwin/compact/$library" "$built/x86_64-apple-darwin/compact/$library" \
  -output "$built/mac/$library"
xcodebuild -create-xcframework \
  -library "$built/aarch64-apple-ios/compact/$library" -headers "$headers" \
  -library "$built/simulator/$library" -headers "$headers" \
  -library "$built/mac/$library" -headers "$headers" \
  -output "$package/CLarkspur.xcframework"
rm -r "$built"
