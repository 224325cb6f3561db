internal import LarkspurFFI

/// What one call, or every call of a view, is told; what is left out stays as it is.
public struct CallOptions: Sendable {
  /// The longest time of one attempt (30 s); for a file the longest time without progress.
  public var timeout: Duration?

  /// The longest time of the whole call with its waits (120 s; no limit for files).
  public var maxWait: Duration?

  /// How often a call is sent again at most (2).
  public var maxRetries: Int?

  /// Further headers.
  public var headers: [String: String]

  /// The key under which the platform recognises a repeated write.
  public var idempotencyKey: String?

  /// Options; what is left out stays as it is.
  public init(
    timeout: Duration? = nil, maxWait: Duration? = nil, maxRetries: Int? = nil, headers: [String: String] = [:],
    idempotencyKey: String? = nil
  ) {
    self.timeout = timeout
    self.maxWait = maxWait
    self.maxRetries = maxRetries
    self.headers = headers
    self.idempotencyKey = idempotencyKey
  }

  func native() throws -> LarkspurFFI.CallOptions {
    LarkspurFFI.CallOptions(
      timeoutMs: try timeout.map { try counted("timeout", $0.milliseconds) },
      maxWaitMs: try maxWait.map { try counted("maxWait", $0.milliseconds) },
      maxRetries: try maxRetries.map { UInt32(clamping: try counted("maxRetries", Int64($0))) },
      headers: headers,
      idempotencyKey: idempotencyKey
    )
  }
}

extension Duration {
  /// Whole milliseconds; what is beyond 64 bits is the most.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1000)
    return overflows ? (seconds < 0 ? .min : .max) : whole + attoseconds / 1_000_000_000_000_000
  }
}

/// The library counts from zero.
private func counted(_ name: String, _ value: Int64) throws -> UInt64 {
  guard value >= 0 else {
    throw LarkError.config(Failure(kind: "ConfigError", message: "\(name) is \(value); pass a number above zero"))
  }
  return UInt64(value)
}
