using System.Text;

namespace Net.Mesh.Channels;

/// <summary>Names of queue groups: any text of 1 to 255 bytes of UTF-8 (spec 03 §4.6).</summary>
internal static class QueueGroups
{
    public const int MaxBytes = 255;

    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void ThrowIfInvalid(string? queueGroup)
    {
        if (queueGroup is null)
            return;
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(queueGroup);
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException("The name of a queue group is no text: it holds half a surrogate pair.", nameof(queueGroup));
        }
        if (bytes is 0 or > MaxBytes)
            throw new ArgumentException($"The name of a queue group has 1 to {MaxBytes} bytes of UTF-8; '{queueGroup}' has {bytes}.", nameof(queueGroup));
    }
}
