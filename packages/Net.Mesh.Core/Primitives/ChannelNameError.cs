using System.Globalization;
using System.Text;

namespace Net.Mesh;

/// <summary>What makes a text no channel's name (spec 03 §3.1).</summary>
public enum ChannelNameFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>It has more than 255 bytes of UTF-8.</summary>
    TooLong,

    /// <summary>A slash stands at an end or beside another, a letter is upper case, or a segment is <c>.</c> or <c>..</c>.</summary>
    InvalidFormat,

    /// <summary>A character is none of <c>a–z 0–9 - _ . /</c>.</summary>
    InvalidChar,
}

/// <summary>The first thing that is wrong with a channel's name.</summary>
/// <param name="Fault">Which rule is broken.</param>
/// <param name="Bytes">The length in bytes, for <see cref="ChannelNameFault.TooLong"/>.</param>
/// <param name="Character">The character, for <see cref="ChannelNameFault.InvalidChar"/>.</param>
public readonly record struct ChannelNameError(ChannelNameFault Fault, int Bytes = 0, Rune Character = default)
{
    /// <summary>The fault, with its length or character in brackets.</summary>
    public override string ToString() => Fault switch
    {
        ChannelNameFault.TooLong => string.Create(CultureInfo.InvariantCulture, $"TooLong({Bytes})"),
        ChannelNameFault.InvalidChar => $"InvalidChar('{Character}')",
        _ => Fault.ToString(),
    };

    internal string Explain() => Fault switch
    {
        ChannelNameFault.Empty => "it is empty",
        ChannelNameFault.TooLong => string.Create(CultureInfo.InvariantCulture, $"it has {Bytes} bytes, and 255 is the most"),
        ChannelNameFault.InvalidChar => $"'{Character}' is none of a–z 0–9 - _ . /",
        _ => "it is written in lower case, with single slashes between segments that are neither '.' nor '..'",
    };
}
