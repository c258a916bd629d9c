using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Addresses as announcements write them (spec 04 §6.1): <c>a.b.c.d:port</c> or <c>[v6]:port</c>, RFC 5952 in lower case. The
/// framework also writes IPv4-compatible and ISATAP addresses with dots, which would break the signature (T2), and reads more
/// forms than there are.
/// </summary>
internal static class SocketAddressText
{
    private static readonly SearchValues<char> InIPv6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    public static string Format(IPEndPoint address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return address.ToString();
        long scope = address.Address.ScopeId;
        return string.Create(CultureInfo.InvariantCulture, $"[{IPv6(address.Address)}{(scope == 0 ? "" : $"%{scope}")}]:{address.Port}");
    }

    public static bool TryParse(ReadOnlySpan<char> text, out IPEndPoint? address)
    {
        address = null;
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !TryDigits(text[(colon + 1)..], ushort.MaxValue, out uint port))
            return false;
        IPAddress? ip = text[0] == '[' ? ParseIPv6(text[..colon]) : ParseIPv4(text[..colon]);
        if (ip is null)
            return false;
        address = new(ip, (int)port);
        return true;
    }

    private static IPAddress? ParseIPv4(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = 0;
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> digits = text[part];
            if (count == 4 || digits.Length > 3 || (digits.Length > 1 && digits[0] == '0') || !TryDigits(digits, byte.MaxValue, out uint value))
                return null;
            bytes[count++] = (byte)value;
        }
        return count == 4 ? new(bytes) : null;
    }

    private static IPAddress? ParseIPv6(ReadOnlySpan<char> text)
    {
        if (text.Length < 4 || text[^1] != ']')
            return null;
        text = text[1..^1];
        uint scope = 0;
        int percent = text.IndexOf('%');
        if (percent >= 0)
        {
            if (!TryDigits(text[(percent + 1)..], uint.MaxValue, out scope))
                return null;
            text = text[..percent];
        }
        bool isIPv6 = !text.ContainsAnyExcept(InIPv6) && IPAddress.TryParse(text, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetworkV6;
        return isIPv6 ? new(IPAddress.Parse(text).GetAddressBytes(), scope) : null;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, uint max, out uint value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 10 || text.ContainsAnyExceptInRange('0', '9'))
            return false;
        ulong number = ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        value = (uint)number;
        return number <= max;
    }

    private static string IPv6(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.IsIPv4MappedToIPv6)
            return string.Create(CultureInfo.InvariantCulture, $"::ffff:{bytes[12]}.{bytes[13]}.{bytes[14]}.{bytes[15]}");
        (int zeroStart, int zeroLength) = LongestZeroRun(bytes);
        var text = new StringBuilder(39);
        for (int i = 0; i < 8; i++)
        {
            if (i == zeroStart)
            {
                text.Append("::");
                i += zeroLength - 1;
                continue;
            }
            if (i > 0 && text[^1] != ':')
                text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]):x}");
        }
        return text.ToString();
    }

    // The first of the longest runs of at least two zero groups.
    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<byte> bytes)
    {
        (int Start, int Length) best = (-1, 1);
        for (int start = 0; start < 8; start++)
        {
            int end = start;
            while (end < 8 && bytes[2 * end] == 0 && bytes[2 * end + 1] == 0)
                end++;
            if (end - start > best.Length)
                best = (start, end - start);
        }
        return best;
    }
}
