namespace Net.Mesh.Testing;

/// <summary>
/// The network's chance: SplitMix64 (Steele, Lea, Flood 2014). Its state is one 64-bit number that grows by a constant, so a seed
/// gives the same numbers on every machine and with every version of .NET.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    /// <summary>Evenly from 0 to below 1, in steps of 2^-53.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with this probability. Draws a number only when chance decides.</summary>
    public bool NextChance(double probability) => probability > 0 && (probability >= 1 || NextUnit() < probability);
}
