// swift-tools-version: 6.0

import PackageDescription

let package = Package(
  name: "Bench",
  platforms: [.macOS(.v14)],
  dependencies: [.package(path: "../package")],
  targets: [
    .executableTarget(name: "Worker", dependencies: [.product(name: "Larkspur", package: "package")])
  ],
  swiftLanguageModes: [.v6]
)
