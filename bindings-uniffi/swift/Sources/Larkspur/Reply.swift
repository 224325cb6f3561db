public import Foundation
internal import LarkspurFFI

/// The whole answer to a call.
public struct Reply: Sendable {
  /// The HTTP status.
  public let status: Int

  /// The headers by their names in lower case.
  public let headers: [String: String]

  /// The log id to quote to the platform's support.
  public let logId: String?

  /// The platform's code: zero.
  public let code: Int64

  /// The platform's message.
  public let msg: String

  /// The JSON text of `data`; empty when the answer has none.
  public let data: String

  /// How many requests the call sent, those for tokens not counted.
  public let attempts: Int

  init(_ reply: LarkspurFFI.Reply) {
    status = Int(reply.status)
    headers = reply.headers
    logId = reply.logId
    code = reply.code
    msg = reply.msg
    data = reply.data
    attempts = Int(reply.attempts)
  }
}

extension Reply: CustomStringConvertible {
  /// Without the data, which may be secret.
  public var description: String { "Reply(status: \(status), code: \(code), logId: \(logId ?? "none"))" }
}

/// The token of a view, for a backend that serves a phone or a page.
public struct Token: Sendable {
  /// The token itself: a secret.
  public let value: String

  /// When it expires, if that is known.
  public let expiresAt: Date?

  init(_ token: LarkspurFFI.Token) {
    value = token.value
    expiresAt = token.expiresAtMs.map { Date(timeIntervalSince1970: Double($0) / 1000) }
  }
}

extension Token: CustomStringConvertible, CustomReflectable {
  /// Without the token.
  public var description: String { "Token(***, expiresAt: \(expiresAt.map { "\($0)" } ?? "unknown"))" }

  /// Without the token.
  public var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt as Any]) }
}
