// swift-tools-version: 6.0

import Foundation
import PackageDescription

// Only the checks of this repository ask for it: whoever depends on the package is not to fail by a warning of a later compiler.
let strict: [SwiftSetting] =
  Context.environment["LARKSPUR_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

// For Apple's platforms the library comes in an XCFramework; elsewhere it lies in `lib`.
let framework = "CLarkspur.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/\(framework)")
let library = "\(Context.packageDirectory)/lib"
let linked: [LinkerSetting] =
  hasFramework ? [] : [.unsafeFlags(["-L\(library)", "-Xlinker", "-rpath", "-Xlinker", library])]

let package = Package(
  name: "Larkspur",
  platforms: [.macOS(.v14), .iOS(.v17), .tvOS(.v17), .watchOS(.v10), .visionOS(.v1)],
  products: [.library(name: "Larkspur", targets: ["Larkspur"])],
  targets: [
    hasFramework ? .binaryTarget(name: "CLarkspur", path: framework) : .systemLibrary(name: "CLarkspur"),
    .target(name: "LarkspurFFI", dependencies: ["CLarkspur"], linkerSettings: linked),
    .target(name: "Larkspur", dependencies: ["LarkspurFFI"], swiftSettings: strict),
    .target(name: "Samples", dependencies: ["Larkspur"], path: "Samples", swiftSettings: strict),
    .testTarget(name: "LarkspurTests", dependencies: ["Larkspur", "Samples"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
