internal import LarkspurFFI

/// Whether calls wait for their turn, so that the platform's rates are kept; `true` and `false` stand for ``on`` and ``off``.
public enum Pacing: Sendable, ExpressibleByBooleanLiteral {
  /// They do not wait.
  case off
  /// They wait; each client counts by itself.
  case on
  /// They wait; all clients that share the store count together, on many machines and in other languages. While it is away, each takes a
  /// quarter of every rate by itself, which ``ClientOptions/onEvent`` is told.
  case over(RedisStore)

  /// ``on`` or ``off``.
  public init(booleanLiteral value: Bool) { self = value ? .on : .off }

  var isOn: Bool {
    if case .off = self { false } else { true }
  }

  var store: RedisStore? {
    if case .over(let store) = self { store } else { nil }
  }
}
