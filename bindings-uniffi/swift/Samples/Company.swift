import Foundation
import Larkspur

/// What a company's own server does besides calls; `hook` is the address of a custom bot.
public func company(_ client: Client, hook: String, options: ClientOptions) async throws -> (page: String, permissions: String) {
  let bot = try WebhookBot(url: hook, secret: "s3cret", options: options)
  try await bot.send(.text("deployed"))

  let signed = try await client.jsapi.sign("https://app.example.com/page?x=1")
  let needed = try scopes(client.usedOperations)
  return (signed.json, needed.importText)
}

/// For an app without a secret; `sign` makes a JWT for an audience.
public func keyless(
  _ appId: String, at baseURL: String, tokens: URL, key: Data, sign: @escaping @Sendable (String) async throws -> String
) throws -> Client {
  let store = try FileStore(tokens, key: key)
  return try Client(options: .init(appId: appId, baseURL: baseURL, clientAssertion: sign, tokenStore: store))
}
