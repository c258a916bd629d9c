using System.Globalization;

namespace Net.Mesh.Primitives;

/// <summary>Doubles as the reference writes them: shortest digits that read back, in the two forms it has.</summary>
internal static class FloatText
{
    /// <summary>
    /// As JSON has them (spec 04 §13.2, spec 05 §1.3): plain with at least one fraction digit from 1e-5 up to 1e16, with a signed
    /// exponent outside. The number is finite.
    /// </summary>
    public static string Json(double number)
    {
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        (string digits, int exponent, string sign) = TakeApart(number);
        if (exponent is < -5 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent).ToString(CultureInfo.InvariantCulture)}";
        }
        string plain = Plain(digits, exponent, sign);
        return exponent >= digits.Length - 1 ? plain + ".0" : plain;
    }

    /// <summary>As labels have them (spec 04 §13.3): never an exponent, never a trailing <c>.0</c>; <c>inf</c> and <c>NaN</c>.</summary>
    public static string Plain(double number)
    {
        if (double.IsNaN(number))
            return "NaN";
        if (double.IsInfinity(number))
            return number < 0 ? "-inf" : "inf";
        if (number == 0)
            return double.IsNegative(number) ? "-0" : "0";
        (string digits, int exponent, string sign) = TakeApart(number);
        return Plain(digits, exponent, sign);
    }

    private static string Plain(string digits, int exponent, string sign)
    {
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits}{new string('0', exponent + 1 - digits.Length)}"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Digits without leading and trailing zeros, and the power of ten of the first digit.</summary>
    private static (string Digits, int Exponent, string Sign) TakeApart(double number)
    {
        // "E16" with trailing zeros trimmed would not be shortest; "R" is, so take digits and exponent apart.
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        bool isNegative = shortest[0] == '-';
        string text = isNegative ? shortest[1..] : shortest;
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int power = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int exponent = (point < 0 ? mantissa.Length : point) - 1 + power;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.AsSpan().IndexOfAnyExcept('0');
        return (digits[zeros..].TrimEnd('0'), exponent - zeros, isNegative ? "-" : "");
    }
}
