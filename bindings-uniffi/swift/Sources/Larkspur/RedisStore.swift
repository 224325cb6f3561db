public import Foundation
internal import LarkspurFFI

/// Keeps tokens in a Redis, through the client of it that the program already has; a fleet of processes on many machines may share it,
/// those in other languages too. ``Pacing/over(_:)`` lets them share their pace in it.
///
/// A value expires in the Redis when it is of no more use.
public struct RedisStore: TokenStore {
  /// Runs a Lua script (`EVAL`) with keys and arguments, and gives its answer, which is a text.
  public typealias Eval = @Sendable (_ script: String, _ keys: [String], _ arguments: [String]) async throws -> String?

  let native: LarkspurFFI.RedisStore
  private let prefix: String
  private let eval: Eval

  /// The store behind what runs scripts in a Redis, under keys that begin with `prefix`.
  public init(prefix: String = "larkspur:", eval: @escaping Eval) {
    native = LarkspurFFI.RedisStore(prefix: prefix)
    (self.prefix, self.eval) = (prefix, eval)
  }

  /// The same with its values encrypted.
  ///
  /// - Parameter key: 32 random bytes, the same for all who share the store.
  /// - Throws: ``LarkError/config(_:)`` for a key of another length.
  public init(prefix: String = "larkspur:", key: Data, eval: @escaping Eval) throws {
    native = try told { try LarkspurFFI.RedisStore.sealed(prefix: prefix, key: key) }
    (self.prefix, self.eval) = (prefix, eval)
  }

  /// What lies under a key.
  ///
  /// - Throws: ``LarkError/config(_:)`` when the Redis cannot be asked, or holds something else.
  public func load(_ key: String) async throws -> StoredToken? {
    let answer = try await run(native.load(key: key))
    return try told { try native.loaded(key: key, answer: answer) }.map { StoredToken(value: $0.value, version: $0.version) }
  }

  /// Puts a value in the place of the one with that version.
  ///
  /// - Throws: ``LarkError/config(_:)`` when the Redis cannot be asked.
  public func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool {
    let span = UInt64(clamping: ttl.milliseconds)
    let script = try told { try native.swap(key: key, expected: expected, value: value, ttlMs: span) }
    let answer = try await run(script)
    return try told { try native.swapped(answer: answer) }
  }

  func run(_ script: Script) async throws -> String {
    do {
      return try await eval(script.text, [script.key], script.arguments) ?? ""
    } catch {
      try Task.checkCancellation()
      throw refused(error)
    }
  }
}

extension RedisStore: CustomStringConvertible, CustomReflectable {
  /// What its keys begin with.
  public var description: String { "RedisStore(\(prefix))" }

  /// What its keys begin with.
  public var customMirror: Mirror { Mirror(self, children: ["prefix": prefix]) }
}

/// Not the client's own words: they may quote what was sent.
private func refused(_ error: any Error) -> LarkError {
  .config(Failure(kind: "ConfigError", message: "the Redis cannot be asked (\(type(of: error)))"))
}
