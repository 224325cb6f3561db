public import Foundation
internal import LarkspurFFI

/// Keeps tokens in one file that only its owner can read; all processes of a machine may share it.
///
/// The file is replaced as a whole, so that it is never half written. Its folder must be there, on a disk of this machine.
public final class FileStore: TokenStore {
  private let native: LarkspurFFI.FileStore

  /// The store in a file, which is made when the first token comes.
  ///
  /// - Parameter key: 32 random bytes, with which the values are encrypted; left out, they stay as they are.
  /// - Throws: ``LarkError/config(_:)`` for a key of another length.
  public init(_ file: URL, key: Data? = nil) throws {
    native = try told { try LarkspurFFI.FileStore(path: file.path(percentEncoded: false), key: key) }
  }

  /// What lies under a key.
  ///
  /// - Throws: ``LarkError/config(_:)`` when the file cannot be read, or holds something else.
  public func load(_ key: String) async throws -> StoredToken? {
    try await onThread { [native] in
      try native.load(key: key).map { StoredToken(value: $0.value, version: $0.version) }
    }
  }

  /// Puts a value in the place of the one with that version.
  ///
  /// - Throws: ``LarkError/config(_:)`` when the file cannot be written.
  public func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool {
    let span = UInt64(clamping: ttl.milliseconds)
    return try await onThread { [native] in
      try native.swap(key: key, expected: expected, value: value, ttlMs: span)
    }
  }
}

/// Works on a thread that may block.
private func onThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { waiting in
    DispatchQueue.global().async { waiting.resume(with: Result { try told(work) }) }
  }
}
