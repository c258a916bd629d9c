using System.Globalization;
using System.Text;

namespace Net.Mesh.Rpc.Wire;

/// <summary>The windows of a request as headers (spec 07 §3.8): after those of the trace and before those of the application.</summary>
internal static class RpcWindows
{
    public static IReadOnlyList<RpcHeader> Add(IReadOnlyList<RpcHeader> headers, uint? requestWindow, uint? streamWindow)
    {
        int traced = headers.TakeWhile(static header => header.Name is RpcHeaderNames.TraceParent or RpcHeaderNames.TraceState).Count();
        var all = new List<RpcHeader>(headers.Count + 2);
        all.AddRange(headers.Take(traced));
        if (requestWindow is { } request)
            all.Add(new(RpcHeaderNames.RequestWindow, Digits(request)));
        if (streamWindow is { } stream)
            all.Add(new(RpcHeaderNames.StreamWindow, Digits(stream)));
        all.AddRange(headers.Skip(traced));
        return all;
    }

    private static byte[] Digits(uint number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
