internal import LarkspurFFI

/// The permissions to ask for, made by ``scopes(_:identity:fields:granted:)``.
public struct Scopes: Sendable, Equatable {
  /// The scopes of the app itself.
  public let tenant: [String]

  /// Those of its users.
  public let user: [String]

  /// The text that the developer console imports.
  public let importText: String

  /// The operations of which nobody has documented what they need.
  public let undocumented: [String]

  /// The operations whose pages tie their scopes to further conditions in prose.
  public let conditional: [String]
}

extension Scopes: CustomStringConvertible {
  /// The text that the console imports.
  public var description: String { importText }
}

/// With whose authority operations are called that take either.
public enum Authority: String, Sendable {
  /// The app's.
  case tenant
  /// A user's.
  case user
  /// Now the one, now the other.
  case both
}

/// The least permissions with which all these operations can be called.
///
/// - Parameters:
///   - operations: ids, as of ``Client/usedOperations``.
///   - identity: with whose authority those are called that take either.
///   - fields: also the scopes without which some fields of answers are left out.
///   - granted: what the app has already, as the developer console exports it; it is left out.
/// - Throws: ``LarkError/unknownOperation(_:)`` for a name that is none, ``LarkError/argument(_:)`` for what is no export.
public func scopes(
  _ operations: [String], identity: Authority = .tenant, fields: Bool = false, granted: String? = nil
) throws -> Scopes {
  let least = try told {
    try leastScopes(operations: operations, identity: identity.rawValue, fields: fields, granted: granted)
  }
  return Scopes(
    tenant: least.tenant, user: least.user, importText: least.importText, undocumented: least.undocumented,
    conditional: least.conditional)
}

/// The operations for which a scope is enough, or for whose full answers it is needed.
///
/// - Throws: ``LarkError/argument(_:)`` for a scope that no operation names.
public func operations(of scope: String) throws -> [String] {
  try told { try operationsOfScope(scope: scope) }
}

/// The operations whose names stand in a source text, in whatever language. What a program calls in other ways, with a part kept in a
/// variable, is not found: see ``Client/usedOperations``.
public func operations(in source: String) -> [String] { operationsInSource(source: source) }
