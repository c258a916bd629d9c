using System.Globalization;
using System.Text;

namespace Net.Mesh.Rpc.Wire;

/// <summary>Header names with a meaning of their own, and how they are read (spec 07 §3.8).</summary>
internal static class RpcHeaderNames
{
    public const string Streaming = "nrpc-streaming";
    public const string StreamWindow = "nrpc-stream-window-initial";
    public const string RequestWindow = "nrpc-request-window-initial";
    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";
    public const string Where = "net-where";

    /// <summary>The headers of an item of a stream, and of its end: by far the most that there are, so they are written and read whole.</summary>
    public static readonly RpcHeader[] Continue = [new(Streaming, "continue")];
    public static readonly RpcHeader[] End = [new(Streaming, "end")];

    /// <summary><see cref="Continue"/> as a block of headers.</summary>
    public static ReadOnlySpan<byte> ContinueBlock => "\u0001\u000enrpc-streaming\u0008\u0000continue"u8;

    /// <summary><see cref="End"/> as a block of headers.</summary>
    public static ReadOnlySpan<byte> EndBlock => "\u0001\u000enrpc-streaming\u0003\u0000end"u8;

    /// <summary>The window of a request; null means no flow control, as anything that is no number does.</summary>
    public static uint? WindowOf(IReadOnlyList<RpcHeader> headers, string name)
    {
        foreach (RpcHeader header in headers)
        {
            if (!header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            return uint.TryParse(header.Value.Span, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out uint window) && header.Value.Span[0] != '-' ? window : null;
        }
        return null;
    }

    /// <summary>The text of the first header of that name in any case; null where there is none, or it is no UTF-8.</summary>
    public static string? TextOf(IReadOnlyList<RpcHeader> headers, string name)
    {
        foreach (RpcHeader header in headers)
        {
            if (header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return TryDecode(header.Value.Span);
        }
        return null;
    }

    public static string? TryDecode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
}
