internal import Foundation

/// Keeps tokens in a Redis, through the client of it that the program already has; a fleet of processes on many machines may share it,
/// those in Python too.
///
/// A value expires in the Redis when it is of no more use. It is not encrypted.
public struct RedisStore: TokenStore {
  /// Runs a Lua script (`EVAL`) with keys and arguments, and gives its answer: a text, or nothing.
  public typealias Eval = @Sendable (_ script: String, _ keys: [String], _ arguments: [String]) async throws -> String?

  private let prefix: String
  private let eval: Eval

  /// The store behind what runs scripts in a Redis, under keys that begin with `prefix`.
  public init(prefix: String = "larkspur:", eval: @escaping Eval) {
    self.prefix = prefix
    self.eval = eval
  }

  /// What lies under a key.
  public func load(_ key: String) async throws -> StoredToken? { try await ask(loading, key).map(opened) }

  /// Puts a value in the place of the one with that version.
  public func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool {
    let span = min(max(ttl.milliseconds, 1), longest)
    return try await ask(swapping, key, [expected ?? "", version(), value, "\(span)"]) == "1"
  }

  private func ask(_ script: String, _ key: String, _ arguments: [String] = []) async throws -> String? {
    do {
      return try await eval(script, [prefix + key], arguments)
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

private let loading = "return redis.call('GET', KEYS[1])"

/// Sets a value and its version, if the version there is the expected one or, when the first answer was lost, this very one.
private let swapping = """
  local found = redis.call('GET', KEYS[1])
  local version = found and string.match(found, '^[^ ]*') or ''
  if version == ARGV[2] then return '1' end
  if version ~= ARGV[1] then return '0' end
  redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
  return '1'
  """

/// A hundred years in milliseconds: a Redis refuses what lies beyond its calendar.
private let longest: Int64 = 100 * 365 * 24 * 3_600_000

/// A name for one value, which never comes back, not even after the Redis was emptied.
private func version() -> String {
  let bytes = Data((1...16).map { _ in UInt8.random(in: .min ... .max) })
  let signs: [Character: Character] = ["+": "-", "/": "_"]
  return String(bytes.base64EncodedString().prefix { $0 != "=" }.map { signs[$0] ?? $0 })
}

/// A value as it lies in the Redis.
private func opened(_ found: String) throws -> StoredToken {
  let parts = found.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
  guard let version = parts.first, let value = parts.dropFirst().first else {
    throw failed("holds something else than tokens; use another prefix")
  }
  if value.hasPrefix("sealed:") { throw failed("holds values that are encrypted; use another prefix") }
  return StoredToken(value: String(value), version: String(version))
}

/// Not the client's own words: they may quote what was sent.
private func refused(_ error: any Error) -> LarkError { failed("cannot be asked (\(type(of: error)))") }

private func failed(_ what: String) -> LarkError { .config(Failure(kind: "ConfigError", message: "the Redis \(what)")) }
