#if canImport(os)
  import os

  private let log = Logger(subsystem: "larkspur", category: "store")

  /// Writes what a developer should know, to the system's log.
  func warn(_ line: String) { log.warning("\(line, privacy: .public)") }
#else
  import Foundation

  /// Writes what a developer should know, to standard error.
  func warn(_ line: String) { FileHandle.standardError.write(Data("larkspur: \(line)\n".utf8)) }
#endif
