using System.Globalization;

namespace Net.Mesh.Cortex;

/// <summary>Where a fold begins in its log.</summary>
public readonly record struct FoldStart
{
    private readonly ulong _seq;
    private readonly bool _isLive;

    private FoldStart(ulong seq, bool isLive)
    {
        _seq = seq;
        _isLive = isLive;
    }

    /// <summary>At the first event.</summary>
    public static FoldStart Beginning => default;

    /// <summary>At what is appended from now on. Adapters refuse it: what was before would be missing from the state without a snapshot.</summary>
    public static FoldStart LiveOnly => new(0, isLive: true);

    internal bool IsBeginning => _seq == 0 && !_isLive;

    /// <summary>At a sequence. Adapters refuse any but 0: what was before would be missing from the state without a snapshot.</summary>
    public static FoldStart FromSeq(ulong seq) => new(seq, isLive: false);

    /// <summary>Its name.</summary>
    public override string ToString() => _isLive ? "LiveOnly" : _seq == 0 ? "FromBeginning" : string.Create(CultureInfo.InvariantCulture, $"FromSeq({_seq})");
}
