internal import LarkspurFFI

/// The pages of a list, or the items of all pages; each loop over it begins anew, and a page is fetched when it is needed.
public struct Listing<Element: Sendable>: AsyncSequence, Sendable {
  enum Walk {
    case pages, items
  }

  let client: Client
  let call: Call
  let walk: Walk
  let read: @Sendable (String) throws -> [Element]

  /// Begins at the first page; nothing is sent yet.
  public func makeAsyncIterator() -> Iterator { Iterator(listing: self) }

  /// A walk under way.
  public struct Iterator: AsyncIteratorProtocol {
    private let listing: Listing
    private let cancel = CancelToken()
    private var pages: Pages?
    private var ready: ArraySlice<Element> = []
    private var isOver = false

    init(listing: Listing) { self.listing = listing }

    /// The next page or item; none at the end.
    ///
    /// - Throws: ``LarkError``, or `CancellationError`; the walk is over then.
    public mutating func next() async throws -> Element? {
      while ready.isEmpty, !isOver {
        isOver = true
        guard let page = try await nextPage() else { return nil }
        ready = try listing.read(page)[...]
        isOver = false
      }
      return ready.popFirst()
    }

    private mutating func nextPage() async throws -> String? {
      let pages = try begun()
      return try await cancellable(cancel) { _ in try await pages.nextPage() }
    }

    private mutating func begun() throws -> Pages {
      if let pages { return pages }
      let begun = try told {
        try listing.client.core.walk(invocation: listing.call.native(cancel), items: listing.walk == .items)
      }
      pages = begun
      return begun
    }
  }
}
