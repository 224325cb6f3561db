public import Foundation
internal import LarkspurFFI

/// Users who sign in: `client.oauth`. Their tokens stay inside the client and its store, and are renewed there.
public struct OAuth: Sendable {
  let client: Client

  /// The page to send a user to, with a fresh state. Nothing is sent.
  ///
  /// - Parameters:
  ///   - redirectURI: where the user comes back to with a code; registered in the developer console.
  ///   - scopes: what the app may do for the user; `offline_access`, without which no token can be renewed, is added.
  ///   - pkce: whether only who has the verifier can exchange the code.
  ///
  /// - Throws: ``LarkError/argument(_:)`` for an empty address, or more than 50 scopes.
  public func authorize(redirectURI: String, scopes: [String] = [], pkce: Bool = false) throws -> Authorization {
    let core = client.core
    return Authorization(try told { try core.authorize(redirectUri: redirectURI, scopes: scopes, pkce: pkce) })
  }

  /// Buys a user's tokens for the code that came to `redirectURI`, and keeps them. In Feishu Project the code comes from the front end, and
  /// is all that is passed.
  ///
  /// - Throws: ``LarkError/reauthorizationRequired(_:)`` for a code that is old or spent.
  public func exchange(code: String, redirectURI: String = "", codeVerifier: String? = nil) async throws -> SignedInUser {
    try await signedIn(.signIn(code: code, redirectUri: redirectURI, codeVerifier: codeVerifier))
  }

  /// Begins the sign-in of a user who has a browser elsewhere.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func device(scopes: [String] = []) async throws -> DeviceFlow {
    let core = client.core
    let device = try await cancellable { try await core.device(scopes: scopes, cancel: $0) }
    return DeviceFlow(oauth: self, device: device)
  }

  /// Takes back the tokens of a user, at the platform and here; whoever has none is signed out already.
  ///
  /// - Throws: ``LarkError``, or `CancellationError`.
  public func revoke(_ key: String) async throws { _ = try await client.text(Call(.signOut(key: key))) }

  fileprivate func signedIn(_ target: Target) async throws -> SignedInUser {
    let text = try await client.text(Call(target))
    return try Decoding(operation: "oauth", decoder: userDecoder).value(text)
  }
}

@Sendable private func userDecoder() -> any AnswerDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  decoder.dateDecodingStrategy = .millisecondsSince1970
  return decoder
}

/// Where a user is sent to sign in.
public struct Authorization: Sendable {
  /// The page.
  public let url: String

  /// What comes back with the code: compare it with what you kept in the user's session.
  public let state: String

  /// A secret to be kept in the user's session until the code is exchanged; only where it was asked for.
  public let codeVerifier: String?

  init(_ authorization: LarkspurFFI.Authorization) {
    (url, state, codeVerifier) = (authorization.url, authorization.state, authorization.codeVerifier)
  }
}

extension Authorization: CustomStringConvertible, CustomReflectable {
  /// Without the verifier.
  public var description: String { "Authorization(url: \(url))" }

  /// Without the verifier.
  public var customMirror: Mirror { Mirror(self, children: ["url": url]) }
}

/// A sign-in that waits for its user, who has a browser elsewhere.
public struct DeviceFlow: Sendable {
  /// The page where the user signs in.
  public let url: String

  /// What the user types there.
  public let userCode: String

  /// Until when.
  public let expiresAt: Date

  private let oauth: OAuth
  private let device: Device

  init(oauth: OAuth, device: Device) {
    (self.oauth, self.device) = (oauth, device)
    (url, userCode) = (device.url(), device.userCode())
    expiresAt = Date(timeIntervalSince1970: Double(device.expiresAtMs()) / 1000)
  }

  /// Waits until the user has signed in, and keeps the tokens.
  ///
  /// - Throws: ``LarkError/reauthorizationRequired(_:)`` when the user refuses or lets the time run out.
  public func wait() async throws -> SignedInUser { try await oauth.signedIn(.deviceSignIn(device: device)) }
}

/// A user who has signed in.
public struct SignedInUser: Decodable, Sendable, Equatable {
  /// For ``Client/asUser(key:)``.
  public let key: String

  /// The user's open id; empty in Feishu Project, where ``key`` is the user key.
  public let openId: String

  /// When the token expires; it is renewed by itself.
  public let expiresAt: Date

  /// Until when it can be renewed; none if it cannot.
  public let refreshExpiresAt: Date?

  /// What the user has granted; nothing in Feishu Project.
  public let scopes: [String]

  private enum CodingKeys: CodingKey {
    case key, openId, expiresAt, refreshExpiresAt, scopes
  }

  /// Reads what the library answers.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let user = try decoder.container(keyedBy: CodingKeys.self)
    key = try user.decode(String.self, forKey: .key)
    openId = try user.decodeIfPresent(String.self, forKey: .openId) ?? ""
    expiresAt = try user.decode(Date.self, forKey: .expiresAt)
    refreshExpiresAt = try user.decodeIfPresent(Date.self, forKey: .refreshExpiresAt)
    scopes = try user.decodeIfPresent([String].self, forKey: .scopes) ?? []
  }
}
