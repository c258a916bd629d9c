using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Net.Mesh.Channels;

/// <summary>What makes bytes no membership message (spec 03 §4.3).</summary>
public enum MembershipFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Something is missing, left over, or no UTF-8.</summary>
    Truncated,

    /// <summary>A kind, a yes or no, or a reason is not known.</summary>
    UnknownType,

    /// <summary>A length names more bytes than there are.</summary>
    Overflow,

    /// <summary>The channel's name is none.</summary>
    Name,
}

/// <summary>What is wrong with a membership message.</summary>
/// <param name="Fault">Which rule is broken.</param>
/// <param name="Value">The unknown value, or the length that was claimed.</param>
/// <param name="Remaining">How many bytes there were instead.</param>
/// <param name="Name">What is wrong with the name.</param>
public readonly record struct MembershipError(MembershipFault Fault, int Value = 0, int Remaining = 0, ChannelNameError Name = default)
{
    /// <summary>The fault, with its numbers in brackets.</summary>
    public override string ToString() => Fault switch
    {
        MembershipFault.UnknownType => string.Create(CultureInfo.InvariantCulture, $"UnknownType({Value})"),
        MembershipFault.Overflow => string.Create(CultureInfo.InvariantCulture, $"Overflow({Value},{Remaining})"),
        MembershipFault.Name => $"Name({Name})",
        _ => Fault.ToString(),
    };
}

/// <summary>Membership messages as bytes (spec 03 §4.2). Reading never throws, whatever the bytes are.</summary>
public static class MembershipCodec
{
    private const int AckBytes = 11;
    private const int NonceOffset = 1;
    private const int BodyOffset = 9;

    /// <summary>The bytes of a message.</summary>
    public static byte[] Encode(MembershipMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Kind == MembershipKind.Ack ? EncodeAck(message) : EncodeRequest(message);
    }

    /// <summary>Reads a message, or says what is wrong with it.</summary>
    /// <param name="bytes">The message; what is kept of it is copied.</param>
    /// <param name="message">The message, when true is returned.</param>
    /// <param name="error">What is wrong, when false is returned.</param>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MembershipMessage? message, out MembershipError error)
    {
        message = null;
        if (bytes.IsEmpty)
        {
            error = new(MembershipFault.Truncated);
            return false;
        }
        error = bytes[0] switch
        {
            (byte)MembershipKind.Ack => DecodeAck(bytes, out message),
            (byte)MembershipKind.Subscribe or (byte)MembershipKind.Unsubscribe => DecodeRequest(bytes, out message),
            _ => new(MembershipFault.UnknownType, bytes[0]),
        };
        return message is not null;
    }

    private static byte[] EncodeAck(MembershipMessage message)
    {
        byte[] bytes = new byte[AckBytes];
        bytes[0] = (byte)MembershipKind.Ack;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(NonceOffset), message.Nonce);
        bytes[BodyOffset] = message.IsAccepted ? (byte)1 : (byte)0;
        bytes[BodyOffset + 1] = (byte)(message.Reason ?? 0);
        return bytes;
    }

    private static byte[] EncodeRequest(MembershipMessage message)
    {
        byte[] name = Encoding.UTF8.GetBytes(message.Channel.Text);
        byte[] group = message.QueueGroup is { } text ? Encoding.UTF8.GetBytes(text) : [];
        bool isSubscribe = message.Kind == MembershipKind.Subscribe;
        // Older nodes refuse a group's length where there is no group (spec 03 §4.2).
        int credential = isSubscribe ? sizeof(ushort) + message.Token.Length + (group.Length > 0 ? 1 + group.Length : 0) : 0;
        byte[] bytes = new byte[BodyOffset + 1 + name.Length + credential];
        bytes[0] = (byte)message.Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(NonceOffset), message.Nonce);
        Span<byte> rest = bytes.AsSpan(BodyOffset);
        rest[0] = (byte)name.Length;
        name.CopyTo(rest[1..]);
        if (!isSubscribe)
            return bytes;
        rest = rest[(1 + name.Length)..];
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)message.Token.Length);
        message.Token.Span.CopyTo(rest[sizeof(ushort)..]);
        if (group.Length == 0)
            return bytes;
        rest = rest[(sizeof(ushort) + message.Token.Length)..];
        rest[0] = (byte)group.Length;
        group.CopyTo(rest[1..]);
        return bytes;
    }

    private static MembershipError DecodeAck(ReadOnlySpan<byte> bytes, out MembershipMessage? message)
    {
        message = null;
        if (bytes.Length < AckBytes)
            return new(MembershipFault.Truncated);
        byte accepted = bytes[BodyOffset];
        byte reason = bytes[BodyOffset + 1];
        if (accepted > 1)
            return new(MembershipFault.UnknownType, accepted);
        if (reason > (byte)AckReason.TooManyChannels)
            return new(MembershipFault.UnknownType, reason);
        if (bytes.Length > AckBytes)
            return new(MembershipFault.Truncated);
        message = MembershipMessage.Ack(NonceOf(bytes), accepted == 1, reason == 0 ? null : (AckReason)reason);
        return default;
    }

    private static MembershipError DecodeRequest(ReadOnlySpan<byte> bytes, out MembershipMessage? message)
    {
        message = null;
        if (bytes.Length <= BodyOffset || bytes[BodyOffset] == 0)
            return new(MembershipFault.Truncated);
        ReadOnlySpan<byte> rest = bytes[BodyOffset..];
        MembershipError error = TakeText(ref rest, out string? text);
        if (error.Fault != MembershipFault.None)
            return error;
        if (!ChannelName.TryCreate(text, out ChannelName name, out ChannelNameError nameError))
            return new(MembershipFault.Name, Name: nameError);
        if (bytes[0] == (byte)MembershipKind.Unsubscribe)
        {
            message = rest.IsEmpty ? MembershipMessage.Unsubscribe(NonceOf(bytes), name) : null;
            return message is null ? new(MembershipFault.Truncated) : default;
        }
        error = DecodeCredential(rest, out byte[] token, out string? queueGroup);
        if (error.Fault == MembershipFault.None)
            message = MembershipMessage.Subscribe(NonceOf(bytes), name, token, queueGroup);
        return error;
    }

    // What follows the name; nodes of old ended there.
    private static MembershipError DecodeCredential(ReadOnlySpan<byte> rest, out byte[] token, out string? queueGroup)
    {
        token = [];
        queueGroup = null;
        if (rest.IsEmpty)
            return default;
        if (rest.Length < sizeof(ushort))
            return new(MembershipFault.Truncated);
        int tokenLength = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        rest = rest[sizeof(ushort)..];
        if (tokenLength > rest.Length)
            return new(MembershipFault.Overflow, tokenLength, rest.Length);
        token = rest[..tokenLength].ToArray();
        rest = rest[tokenLength..];
        if (rest.IsEmpty)
            return default;
        MembershipError error = TakeText(ref rest, out queueGroup);
        if (error.Fault == MembershipFault.None && !rest.IsEmpty)
            return new(MembershipFault.Truncated);
        queueGroup = queueGroup is { Length: > 0 } ? queueGroup : null;
        return error;
    }

    private static MembershipError TakeText(ref ReadOnlySpan<byte> rest, out string? text)
    {
        text = null;
        int length = rest[0];
        rest = rest[1..];
        if (length > rest.Length)
            return new(MembershipFault.Overflow, length, rest.Length);
        if (!Utf8.IsValid(rest[..length]))
            return new(MembershipFault.Truncated);
        text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return default;
    }

    private static ulong NonceOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[NonceOffset..]);
}
