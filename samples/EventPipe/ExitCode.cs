namespace EventPipe;

/// <summary>How the program ends; --help lists them.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int MissingInput = 3;
    public const int Interrupted = 130;
}
