using NATS.Client.Core;
using NATS.NKeys;

namespace Net.Mesh.JetStream;

/// <summary>Turns the options into the client's credentials; explicit options win over those in the URL.</summary>
internal static class Credentials
{
    public static NatsAuthOpts From(JetStreamAdapterOptions options, string? userInfo)
    {
        if (options.CredentialsFile is { } file)
            return new() { CredsFile = file };
        if (options.NKeyFile is { } keyFile)
            return FromSeed(ReadSeed(keyFile));
        if (options.NKeySeed is { } seed)
            return FromSeed(seed);
        if (options.Token is { } token)
            return new() { Token = token };
        if (options.User is { } user)
            return new() { Username = user, Password = options.Password ?? "" };
        return userInfo is null ? NatsAuthOpts.Default : FromUserInfo(userInfo);
    }

    public static bool IsUserSeed(string seed)
    {
        try
        {
            using KeyPair pair = KeyPair.FromSeed(seed);
            return seed.StartsWith("SU", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is NKeysException or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private static NatsAuthOpts FromSeed(string seed)
    {
        using KeyPair pair = KeyPair.FromSeed(seed);
        return new() { NKey = pair.GetPublicKey(), Seed = seed };
    }

    // The file is the seed alone, or the decorated form that nk and nsc write.
    private static string ReadSeed(string file) =>
        File.ReadLines(file).Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("SU", StringComparison.Ordinal))
        ?? throw new AdapterException(AdapterErrorKind.Fatal, $"the NKey file \"{file}\" holds no user seed; it is a line that starts with SU");

    private static NatsAuthOpts FromUserInfo(string userInfo)
    {
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new() { Token = Uri.UnescapeDataString(userInfo) }
            : new() { Username = Uri.UnescapeDataString(userInfo[..colon]), Password = Uri.UnescapeDataString(userInfo[(colon + 1)..]) };
    }
}
