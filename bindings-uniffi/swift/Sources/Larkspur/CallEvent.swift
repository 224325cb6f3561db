internal import LarkspurFFI

/// One moment of a call, for logs and metrics; no body, token or secret is in it.
public struct CallEvent: Sendable, Equatable {
  /// What is called, or method and path.
  public let operation: String

  /// The HTTP method.
  public let method: String

  /// The path template.
  public let path: String

  /// What happened.
  public let moment: Moment

  /// The moments of a call; attempts are counted from one.
  public enum Moment: Sendable, Equatable {
    /// A request goes out.
    case request(attempt: Int)
    /// An answer came to a request, or none: then there is no status.
    case response(attempt: Int, status: Int?, logId: String?, took: Duration)
    /// The call waits at most so long before it is sent again, with the turn that a paced call waits for behind that, as things stand; a
    /// rate limit: the platform asked for it.
    case retry(attempt: Int, isRateLimit: Bool, wait: Duration)
    /// A store cannot be used; the client goes on without it. ``CallEvent/operation`` names it: `token store` or `pacing store`.
    case storeFailed(reason: String)
    /// The call has come to its end; what failed is ``LarkError/kind``.
    case done(failed: String?, attempts: Int, took: Duration)
  }

  init(_ event: LarkspurFFI.CallEvent) {
    operation = event.operation
    method = event.method
    path = event.path
    moment = Moment(event.moment)
  }
}

extension CallEvent.Moment {
  init(_ moment: LarkspurFFI.Moment) {
    switch moment {
    case .request(let attempt):
      self = .request(attempt: Int(attempt))
    case .response(let attempt, let status, let logId, let took):
      self = .response(attempt: Int(attempt), status: status.map(Int.init), logId: logId, took: span(took))
    case .retry(let attempt, let isRateLimit, let wait):
      self = .retry(attempt: Int(attempt), isRateLimit: isRateLimit, wait: span(wait))
    case .storeFailed(let reason):
      self = .storeFailed(reason: reason)
    case .done(let failed, let attempts, let took):
      self = .done(failed: failed, attempts: Int(attempts), took: span(took))
    }
  }
}

private func span(_ milliseconds: UInt64) -> Duration { .milliseconds(Int64(clamping: milliseconds)) }
