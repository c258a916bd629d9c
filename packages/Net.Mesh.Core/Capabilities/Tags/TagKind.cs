namespace Net.Mesh.Capabilities;

/// <summary>The shape of a tag (spec 04 §2.1). The order of the values decides which of two tags of one key wins (§4.6).</summary>
public enum TagKind : byte
{
    /// <summary>An axis and a key: <c>hardware.gpu</c>.</summary>
    Presence,

    /// <summary>An axis, a key and a value: <c>hardware.memory_gb=64</c>.</summary>
    Value,

    /// <summary>One of the <see cref="ReservedPrefixes"/> and a body: <c>scope:tenant:a</c>.</summary>
    Reserved,

    /// <summary>Any other text: <c>model:llama3-70b</c>.</summary>
    Legacy,
}

/// <summary>Why a text is no tag.</summary>
public enum TagError : byte
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>The text is empty.</summary>
    Empty,

    /// <summary>It starts with one of the <see cref="ReservedPrefixes"/>, which only the helpers made for them may write.</summary>
    ReservedPrefix,

    /// <summary>It has half of a surrogate pair, so it has no UTF-8 form to sign.</summary>
    NotUnicode,
}
