namespace Net.Mesh.Sessions;

/// <summary>What every packet that this side sends on a stream says besides: the channel and its publisher (spec 03 §5.4).</summary>
/// <param name="ChannelHash">The low 16 bits of a channel's hash.</param>
/// <param name="Origin">The publisher's hash.</param>
public readonly record struct StreamLabel(ushort ChannelHash, OriginHash Origin);
