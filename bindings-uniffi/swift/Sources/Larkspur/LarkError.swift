public import Foundation
internal import LarkspurFFI

/// A failed call; a cancelled one throws `CancellationError` instead.
///
/// Offline is ``connect(_:)``; what the server says is ``api(_:)`` and the cases after it, and ``http(_:)`` from a gateway in between:
/// see ``isOffline`` and ``isFromPlatform``. Printed, it is one short line: what was called, what the platform says, what to do, the log id.
public enum LarkError: Error, Sendable {
  /// An option of the client is missing or wrong, the view cannot make this call, or the client is closed.
  case config(Failure)
  /// The catalogue has no such operation; the nearest name is told.
  case unknownOperation(Failure)
  /// An argument is unknown, missing, or cannot be encoded.
  case argument(Failure)
  /// No answer came: the way to the server broke.
  case transport(Failure)
  /// Time ran out.
  case timeout(Failure)
  /// No connection: offline, airplane mode, a name that cannot be looked up, nobody who listens.
  case connect(Failure)
  /// The certificate or the handshake.
  case tls(Failure)
  /// An answer that is no envelope: a gateway's page.
  case http(Failure)
  /// An answer that cannot be read, or not as the type that was asked for.
  case decode(Failure)
  /// The platform refused.
  case api(Failure)
  /// The app's or the user's credentials.
  case auth(Failure)
  /// The user must sign in again.
  case reauthorizationRequired(Failure)
  /// A scope or a right is missing: see ``missingScopes``, of which any one is enough, and ``applyURL``.
  case permissionDenied(Failure)
  /// The platform refused an argument: see ``Refusal/fieldViolations``.
  case invalidRequest(Failure)
  /// What was asked for does not exist.
  case notFound(Failure)
  /// Too many calls: see ``retryAfter``.
  case rateLimited(Failure)
  /// A daily or monthly allowance is used up.
  case quotaExceeded(Failure)
  /// The platform is busy or has a fault.
  case unavailable(Failure)
  /// The same idempotency key with other contents.
  case idempotencyConflict(Failure)

  /// All that is known of it.
  public var failure: Failure {
    switch self {
    case .config(let failure), .unknownOperation(let failure), .argument(let failure), .transport(let failure),
      .timeout(let failure), .connect(let failure), .tls(let failure), .http(let failure), .decode(let failure),
      .api(let failure), .auth(let failure), .reauthorizationRequired(let failure), .permissionDenied(let failure),
      .invalidRequest(let failure), .notFound(let failure), .rateLimited(let failure), .quotaExceeded(let failure),
      .unavailable(let failure), .idempotencyConflict(let failure):
      failure
    }
  }

  /// Whether no connection could be made, so that nothing reached the server.
  public var isOffline: Bool { kind == "ConnectError" }

  /// Whether the platform itself refused the call.
  public var isFromPlatform: Bool { answer != nil && kind != "HttpError" && kind != "DecodeError" }

  /// The name of the class in all languages: `RateLimited`, `ConfigError`, …
  public var kind: String { failure.kind }

  /// What was called, or method and path.
  public var operation: String? { failure.operation }

  /// How many requests the call sent, those for tokens not counted.
  public var attempts: Int { failure.attempts }

  /// Whether the same call may succeed later.
  public var isRetryable: Bool { failure.isRetryable }

  /// How long to wait before that, if the platform says so.
  public var retryAfter: Duration? { failure.retryAfter }

  /// What was answered, if an answer came.
  public var answer: Refusal? { failure.answer }

  /// The HTTP status, if an answer came.
  public var status: Int? { answer?.status }

  /// The platform's code, if an answer came; zero when it was no envelope.
  public var code: Int64? { answer?.code }

  /// The log id to quote to the platform's support.
  public var logId: String? { answer?.logId }

  /// The scopes to ask for.
  public var missingScopes: [String] { answer?.missingScopes ?? [] }

  /// Where the user signs in again, if that is known.
  public var authorizeURL: String? { failure.authorizeURL }

  /// The page of the developer console where one applies for the permission that is missing.
  public var applyURL: String? { failure.applyURL }

  /// The text that the console imports: the scope that allows least.
  public var importText: String? { failure.importText }

  init(_ failure: Failure) {
    let make = cases[failure.kind] ?? LarkError.api
    self = make(failure)
  }
}

private let cases: [String: @Sendable (Failure) -> LarkError] = [
  "ConfigError": { .config($0) },
  "UnknownOperation": { .unknownOperation($0) },
  "ArgumentError": { .argument($0) },
  "TransportError": { .transport($0) },
  "TimeoutError": { .timeout($0) },
  "ConnectError": { .connect($0) },
  "TlsError": { .tls($0) },
  "HttpError": { .http($0) },
  "DecodeError": { .decode($0) },
  "AuthError": { .auth($0) },
  "ReauthorizationRequired": { .reauthorizationRequired($0) },
  "PermissionDenied": { .permissionDenied($0) },
  "InvalidRequest": { .invalidRequest($0) },
  "NotFound": { .notFound($0) },
  "RateLimited": { .rateLimited($0) },
  "QuotaExceeded": { .quotaExceeded($0) },
  "Unavailable": { .unavailable($0) },
  "IdempotencyConflict": { .idempotencyConflict($0) },
]

extension LarkError: CustomStringConvertible, CustomDebugStringConvertible, LocalizedError {
  /// One short line for a person.
  public var description: String { failure.message }

  /// One short line behind the name of the class.
  public var debugDescription: String { "\(kind): \(failure.message)" }

  /// One short line for a person.
  public var errorDescription: String? { failure.message }
}

/// Why a call failed. Nothing in it is secret.
public struct Failure: Sendable {
  /// The name of the class in all languages.
  public let kind: String

  /// One short line for a person: what was called, what happened, what to do, the log id.
  public let message: String

  /// What was called, or method and path.
  public let operation: String?

  /// How many requests the call sent, those for tokens not counted.
  public let attempts: Int

  /// Whether the same call may succeed later.
  public let isRetryable: Bool

  /// How long to wait before that, if the platform says so.
  public let retryAfter: Duration?

  /// What was answered, if an answer came.
  public let answer: Refusal?

  /// Where the user signs in again, if that is known.
  public let authorizeURL: String?

  /// The page of the developer console where one applies for the permission that is missing.
  public let applyURL: String?

  /// The text that the console imports: the scope that allows least.
  public let importText: String?

  init(kind: String, message: String, operation: String? = nil) {
    self.kind = kind
    self.message = message
    self.operation = operation
    (attempts, isRetryable, retryAfter, answer) = (0, false, nil, nil)
    (authorizeURL, applyURL, importText) = (nil, nil, nil)
  }

  init(_ reason: Reason) {
    kind = reason.category
    message = reason.line
    operation = reason.operation
    attempts = Int(reason.attempts)
    isRetryable = reason.retryable
    retryAfter = reason.retryAfterMs.map { .milliseconds(Int64(clamping: $0)) }
    answer = reason.refusal.map(Refusal.init)
    (authorizeURL, applyURL, importText) = (reason.authorizeUrl, reason.applyUrl, reason.importText)
  }
}
