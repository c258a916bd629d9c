using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Net.Mesh.Crypto;

/// <summary>The text of a <see cref="MeshTicket"/>: base64url over version, keys, addresses and a check (spec 11 §1).</summary>
internal static class TicketCodec
{
    private const byte Version = 1;
    private const int CountOffset = 1 + EntityId.Length + NoisePublicKey.Length;
    private const int CheckBytes = 4;
    private const int MinBytes = CountOffset + 1 + CheckBytes;
    private const int MaxBytes = MinBytes + (MeshTicket.MaxAddresses * (1 + Ipv6Bytes + sizeof(ushort)));
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    // Far past any ticket: what is longer was not meant to be one, and is not decoded.
    private const int MaxTextLength = 1024;

    public static string Write(in EntityId entityId, in NoisePublicKey publicKey, ReadOnlySpan<IPEndPoint> addresses)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        bytes[0] = Version;
        entityId.AsSpan().CopyTo(bytes[1..]);
        publicKey.AsSpan().CopyTo(bytes[(1 + EntityId.Length)..]);
        bytes[CountOffset] = (byte)addresses.Length;
        int length = CountOffset + 1;
        foreach (IPEndPoint address in addresses)
        {
            bytes[length++] = address.AddressFamily == AddressFamily.InterNetwork ? (byte)4 : (byte)6;
            address.Address.TryWriteBytes(bytes[length..], out int written);
            length += written;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[length..], (ushort)address.Port);
            length += sizeof(ushort);
        }
        WriteCheck(bytes[..length], bytes[length..]);
        return MeshTicket.Prefix + Base64Url.EncodeToString(bytes[..(length + CheckBytes)]);
    }

    public static bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out MeshTicket? ticket, [NotNullWhen(false)] out string? error)
    {
        ticket = null;
        if (!text.StartsWith(MeshTicket.Prefix, StringComparison.Ordinal))
            return Fails($"A ticket begins with '{MeshTicket.Prefix}', in lower case.", out error);
        ReadOnlySpan<char> encoded = text[MeshTicket.Prefix.Length..];
        if (encoded.Length > MaxTextLength)
            return Fails($"The ticket has {text.Length} characters; the longest one has {MeshTicket.Prefix.Length + Base64Url.GetEncodedLength(MaxBytes)}.", out error);
        Span<byte> decoded = stackalloc byte[MaxTextLength];
        if (!TryDecode(encoded, decoded, out int length))
            return Fails("The ticket is not unpadded base64url: letters, digits, '-' and '_' only. Copy it again, whole.", out error);

        ReadOnlySpan<byte> bytes = decoded[..length];
        if (length > 0 && bytes[0] != Version)
            return Fails($"The ticket is of version {bytes[0]}; this version of Net.Mesh reads version {Version}.", out error);
        if (length < MinBytes)
            return Fails($"The ticket is cut short: {length} bytes, and the shortest one has {MinBytes}. Copy it again, whole.", out error);
        if (!TryReadAddresses(bytes[CountOffset..^CheckBytes], out IPEndPoint[]? addresses, out error))
            return false;
        Span<byte> check = stackalloc byte[CheckBytes];
        WriteCheck(bytes[..^CheckBytes], check);
        if (!check.SequenceEqual(bytes[^CheckBytes..]))
            return Fails("The ticket's check does not match: a character of it was changed. Copy it again, whole.", out error);

        ticket = new(text.ToString(), new(bytes.Slice(1, EntityId.Length)), new(bytes.Slice(1 + EntityId.Length, NoisePublicKey.Length)), addresses);
        return true;
    }

    private static bool TryReadAddresses(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IPEndPoint[]? addresses, [NotNullWhen(false)] out string? error)
    {
        addresses = null;
        int count = bytes[0];
        if (count > MeshTicket.MaxAddresses)
            return Fails($"The ticket announces {count} addresses; at most {MeshTicket.MaxAddresses} are allowed.", out error);
        var read = new IPEndPoint[count];
        ReadOnlySpan<byte> rest = bytes[1..];
        for (int i = 0; i < count; i++)
        {
            if (rest.IsEmpty)
                return Fails($"The ticket is cut short: it announces {count} addresses and holds {i}. Copy it again, whole.", out error);
            int addressBytes = rest[0] switch { 4 => Ipv4Bytes, 6 => Ipv6Bytes, _ => 0 };
            if (addressBytes == 0)
                return Fails($"The ticket's address {i + 1} is of the unknown family {rest[0]}; 4 and 6 are known.", out error);
            rest = rest[1..];
            if (rest.Length < addressBytes + sizeof(ushort))
                return Fails($"The ticket is cut short in its address {i + 1}. Copy it again, whole.", out error);
            int port = BinaryPrimitives.ReadUInt16LittleEndian(rest[addressBytes..]);
            if (port == 0)
                return Fails($"The ticket's address {i + 1} has port 0, on which nobody can be dialled.", out error);
            read[i] = new(new IPAddress(rest[..addressBytes]), port);
            rest = rest[(addressBytes + sizeof(ushort))..];
        }
        if (!rest.IsEmpty)
            return Fails($"The ticket has {rest.Length} trailing bytes behind its {count} addresses.", out error);
        addresses = read;
        error = null;
        return true;
    }

    /// <summary>Strict: the decoder of the base library lets padding, white space and stray bits pass.</summary>
    private static bool TryDecode(ReadOnlySpan<char> encoded, Span<byte> decoded, out int length)
    {
        length = 0;
        foreach (char c in encoded)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }
        if (encoded.Length % 4 == 1 || !Base64Url.TryDecodeFromChars(encoded, decoded, out length))
            return false;
        Span<char> again = stackalloc char[MaxTextLength];
        return Base64Url.TryEncodeToChars(decoded[..length], again, out int written) && encoded.SequenceEqual(again[..written]);
    }

    private static void WriteCheck(ReadOnlySpan<byte> bytes, Span<byte> check)
    {
        Span<byte> hash = stackalloc byte[Blake2s.HashBytes];
        Blake2s.Hash(bytes, hash);
        hash[..CheckBytes].CopyTo(check);
    }

    private static bool Fails(string message, out string error)
    {
        error = message;
        return false;
    }
}
