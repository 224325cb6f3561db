public import Foundation
internal import LarkspurFFI

/// Signatures for web pages inside the platform's client: `client.jsapi`.
public struct Jsapi: Sendable {
  let client: Client

  /// Signs for the page at `url` (`location.href` of the page). A signature holds for ten minutes and once; the ticket behind it is kept
  /// like a token.
  ///
  /// - Throws: ``LarkError/argument(_:)`` for what is no address of a page.
  public func sign(_ url: String) async throws -> PageSignature {
    let text = try await client.text(Call(.page(url: url)))
    var signature: PageSignature = try Decoding(operation: "jsapi.sign", decoder: pageDecoder).value(text)
    signature.json = text
    return signature
  }
}

@Sendable private func pageDecoder() -> any AnswerDecoder {
  let decoder = JSONDecoder()
  decoder.dateDecodingStrategy = .millisecondsSince1970
  return decoder
}

/// What a page passes to the platform's function `config`.
public struct PageSignature: Decodable, Sendable, Equatable {
  enum CodingKeys: CodingKey {
    case appId, timestamp, nonceStr, signature
  }

  /// All of it as the page takes it: `{"appId", "timestamp", "nonceStr", "signature"}`.
  public internal(set) var json = ""

  /// The app id.
  public let appId: String

  /// When it was signed.
  public let timestamp: Date

  /// What was signed with it, at random.
  public let nonceStr: String

  /// The signature.
  public let signature: String
}
