internal import LarkspurFFI

/// What the platform answered when it refused.
public struct Refusal: Sendable {
  /// The HTTP status.
  public let status: Int

  /// The headers by their names in lower case, without cookies.
  public let headers: [String: String]

  /// The platform's code; zero when the body was no envelope.
  public let code: Int64

  /// The platform's message, or the first bytes of a body that is no envelope.
  public let msg: String

  /// The log id to quote to the platform's support.
  public let logId: String?

  /// The page that explains the error.
  public let troubleshooter: String?

  /// The arguments that the platform refused.
  public let fieldViolations: [FieldViolation]

  /// The permissions that are missing, as the platform lists them.
  public let permissionViolations: [PermissionViolation]

  /// The scopes to ask for, taken from the violations.
  public let missingScopes: [String]

  /// Pages that help.
  public let helps: [Help]

  /// Further keys and values.
  public let details: [String: String]

  /// The JSON text of `data`, where the refusal has one.
  public let data: String?

  init(_ refusal: LarkspurFFI.Refusal) {
    status = Int(refusal.status)
    headers = refusal.headers
    code = refusal.code
    msg = refusal.msg
    logId = refusal.logId
    troubleshooter = refusal.troubleshooter
    fieldViolations = refusal.fieldViolations.map {
      FieldViolation(field: $0.field, value: $0.value, description: $0.description)
    }
    permissionViolations = refusal.permissionViolations.map {
      PermissionViolation(kind: $0.kind, scope: $0.scope, description: $0.description, url: $0.url)
    }
    missingScopes = refusal.missingScopes
    helps = refusal.helps.map { Help(url: $0.url, description: $0.description) }
    details = refusal.details
    data = refusal.data
  }
}

/// An argument that the platform refused.
public struct FieldViolation: Sendable, Equatable {
  /// The argument.
  public let field: String
  /// Its value.
  public let value: String
  /// What is wrong with it.
  public let description: String
}

/// A permission that is missing.
public struct PermissionViolation: Sendable, Equatable {
  /// The kind, such as `action_scope_required`.
  public let kind: String
  /// The scope.
  public let scope: String
  /// What the platform says of it.
  public let description: String
  /// The page to ask for it.
  public let url: String
}

/// A page that helps.
public struct Help: Sendable, Equatable {
  /// Its address.
  public let url: String
  /// What it is about.
  public let description: String
}
