/// Keeps tokens between runs of an app, in its keychain for one. What it throws is told to ``ClientOptions/onEvent``, and calls go on
/// without it.
public protocol TokenStore: Sendable {
  /// What lies under a key, which is printable text without white space; nothing if nothing does.
  func load(_ key: String) async throws -> StoredToken?

  /// Puts a value in the place of the one whose version is `expected`, if that is still there, and says whether it did; without a version
  /// only where nothing lies under the key, or nothing any more. The value holds secrets, and is of no use after `ttl`.
  func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool
}

/// What a token store has under a key.
public struct StoredToken: Sendable {
  let value: String
  let version: String

  /// The value of the last `swap`, and the store's own name for this very value, which never comes back for another one.
  public init(value: String, version: String) {
    self.value = value
    self.version = version
  }
}

extension StoredToken: CustomStringConvertible, CustomReflectable {
  /// Without the value.
  public var description: String { "StoredToken(***, version: \(version))" }

  /// Without the value.
  public var customMirror: Mirror { Mirror(self, children: ["version": version]) }
}
