public import Foundation
internal import LarkspurFFI

/// The options of a ``Client``; what is left out is read from the environment (`LARK_APP_ID`, `LARK_APP_SECRET`, `LARK_BASE_URL`) or has
/// the default named here.
public struct ClientOptions: Sendable {
  /// The app id (`cli_…`).
  public var appId: String

  /// The app secret. It does not belong into an app that others install: use ``tokenProvider`` there.
  public var appSecret: String

  /// Whether the app is one that many tenants install.
  public var appType: AppType

  /// `feishu` (the default), `lark`, or the URL of another host.
  public var baseURL: String

  /// The host where users sign in, if it is not the one that belongs to ``baseURL``.
  public var accountsURL: String

  /// Gives tokens in place of the app secret; it is asked once however many calls wait, and what it throws is told to them.
  public var tokenProvider: (@Sendable (TokenWanted) async throws -> ProvidedToken)?

  /// For an app without a secret: is given an audience (the host where tokens are fetched), signs and gives a JWT for it, a new one each
  /// time; ``appSecret`` is left out then.
  public var clientAssertion: (@Sendable (String) async throws -> String)?

  /// Keeps tokens between runs, and shares them among clients.
  public var tokenStore: (any TokenStore)?

  /// What every call is told unless it says otherwise.
  public var call: CallOptions

  /// The helpdesk's id and token, for the operations that need them.
  public var helpdesk: Helpdesk?

  /// Which proxy calls go through; left out, the one that the environment names, if it does.
  public var proxy: Proxy?

  /// Certificates, as PEM text, of authorities to trust besides the system's.
  public var extraCA: String?

  /// Whether HTTP/2 is used where the server offers it.
  public var http2: Bool

  /// Whether plain http to other hosts than loopback is allowed.
  public var allowHTTP: Bool

  /// The most bytes of an answer that is no file (64 MiB).
  public var maxAnswer: UInt64?

  /// Whether calls wait for their turn by the rates of their pages.
  public var pacing: Pacing

  /// Is told what happens in calls, for logs and metrics; it is not to block.
  public var onEvent: (@Sendable (CallEvent) -> Void)?

  /// Makes what decodes typed answers.
  public var decoder: @Sendable () -> any AnswerDecoder

  /// Options; each has its default.
  public init(
    appId: String = "",
    appSecret: String = "",
    appType: AppType = .selfBuilt,
    baseURL: String = "",
    accountsURL: String = "",
    tokenProvider: (@Sendable (TokenWanted) async throws -> ProvidedToken)? = nil,
    clientAssertion: (@Sendable (String) async throws -> String)? = nil,
    tokenStore: (any TokenStore)? = nil,
    call: CallOptions = CallOptions(),
    helpdesk: Helpdesk? = nil,
    proxy: Proxy? = nil,
    extraCA: String? = nil,
    http2: Bool = true,
    allowHTTP: Bool = false,
    maxAnswer: UInt64? = nil,
    pacing: Pacing = .off,
    onEvent: (@Sendable (CallEvent) -> Void)? = nil,
    decoder: @escaping @Sendable () -> any AnswerDecoder = { JSONDecoder() }
  ) {
    self.appId = appId
    self.appSecret = appSecret
    self.appType = appType
    self.baseURL = baseURL
    self.accountsURL = accountsURL
    self.tokenProvider = tokenProvider
    self.clientAssertion = clientAssertion
    self.tokenStore = tokenStore
    self.call = call
    self.helpdesk = helpdesk
    self.proxy = proxy
    self.extraCA = extraCA
    self.http2 = http2
    self.allowHTTP = allowHTTP
    self.maxAnswer = maxAnswer
    self.pacing = pacing
    self.onEvent = onEvent
    self.decoder = decoder
  }

  func native(project: LarkspurFFI.ProjectOptions? = nil) throws -> LarkspurFFI.ClientOptions {
    LarkspurFFI.ClientOptions(
      appId: appId,
      appSecret: appSecret,
      baseUrl: baseURL,
      accountsUrl: accountsURL,
      appType: appType.rawValue,
      project: project,
      allowHttp: allowHTTP,
      hasTokenProvider: tokenProvider != nil,
      hasClientAssertion: clientAssertion != nil,
      hasTokenStore: tokenStore != nil,
      hasHooks: onEvent != nil,
      helpdesk: helpdesk.map { LarkspurFFI.Helpdesk(id: $0.id, token: $0.token) },
      maxAnswer: maxAnswer,
      proxy: proxy?.native,
      extraCa: extraCA.map { Data($0.utf8) },
      http2: http2,
      userAgent: "swift/6",
      pacing: pacing.isOn,
      pacingStore: pacing.store?.native,
      call: try call.native()
    )
  }
}

extension ClientOptions {
  /// Whether the library has something to ask for.
  var isAsked: Bool { tokenProvider != nil || clientAssertion != nil || tokenStore != nil || pacing.store != nil }
}

extension ClientOptions: CustomStringConvertible, CustomReflectable {
  /// No secret is in it.
  public var description: String { "ClientOptions(appId: \(appId), baseURL: \(baseURL))" }

  /// No secret is in it.
  public var customMirror: Mirror { Mirror(self, children: ["appId": appId, "baseURL": baseURL]) }
}

/// The kind of an app.
public enum AppType: String, Sendable {
  /// One tenant's own.
  case selfBuilt = "self_built"

  /// In the app store, for many tenants: see ``Client/forTenant(_:)``.
  case store
}

/// The helpdesk's own credentials.
public struct Helpdesk: Sendable {
  let id: String
  let token: String

  /// The helpdesk's id and token.
  public init(id: String, token: String) {
    self.id = id
    self.token = token
  }
}

/// Which proxy calls go through.
public enum Proxy: Sendable {
  /// None, whatever the environment says.
  case none

  /// This one: `http`, `https`, `socks5` or `socks5h`, with user and password in the URL if it needs them.
  case url(String)

  var native: LarkspurFFI.Proxy {
    switch self {
    case .none: .direct
    case .url(let url): .url(url: url)
    }
  }
}
